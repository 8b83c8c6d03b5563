import { parseCallback } from '../../wire/meta/callback.ts'
import { sendRequest } from '../../wire/meta/send.ts'
import { verifyCallback } from '../../wire/meta/signature.ts'
import type { Provider } from '../contract.ts'
import { connectGraph, type GraphConnectionOptions } from './graph-connection.ts'
import { downloadMedia, uploadMedia } from './media.ts'
import { cloudSettings, type CloudSettings } from './settings.ts'
import { listTemplates } from './templates.ts'
import { credentialCheckOf, outcomeOf } from './translate.ts'

export type WhatsappCloudOptions = GraphConnectionOptions

const checkedFields =
  'id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status'

/**
 * Meta's WhatsApp Cloud API. All numbers share one pool of connections.
 * @throws TypeError when `graphUrl` is not a URL.
 */
export function createWhatsappCloud(options: WhatsappCloudOptions): Provider<CloudSettings> {
  const graph = connectGraph(options)
  return {
    id: 'whatsapp-cloud',
    settings: cloudSettings,
    async send({ settings: { accessToken, phoneNumberId } }, message, signal) {
      const path = `${phoneNumberId}/messages`
      const result = await graph.postJson(path, accessToken, sendRequest(message), signal)
      return outcomeOf(result, [accessToken])
    },
    async checkCredentials({ accessToken, phoneNumberId }, signal) {
      const path = `${phoneNumberId}?fields=${checkedFields}`
      return credentialCheckOf(await graph.get(path, accessToken, signal), [accessToken])
    },
    templates: {
      binding: true,
      businessOf: ({ businessAccountId }) => businessAccountId ?? null,
      list: (settings, signal) => listTemplates(graph, settings, signal),
    },
    uploadMedia: (settings, file, signal) => uploadMedia(graph, settings, file, signal),
    downloadMedia: (settings, mediaId, signal) => downloadMedia(graph, settings, mediaId, signal),
    callbacks: { verify: verifyCallback, parse: parseCallback },
    close: () => graph.close(),
  }
}
