import { mediaRules } from '../../domain/messages/media.ts'
import { parseCallback } from '../../wire/meta/callback.ts'
import { readRequest } from '../../wire/meta/read.ts'
import { sendRequest } from '../../wire/meta/send.ts'
import { verifyCallback } from '../../wire/meta/signature.ts'
import type { CallbackSecrets, Channel, Provider, ProviderTraits } from '../contract.ts'
import { cloudForm } from './form.ts'
import { connectGraph, type GraphConnection, type GraphConnectionOptions } from './graph-connection.ts'
import { downloadMedia, uploadMedia } from './media.ts'
import { cloudSettings, type CloudSettings } from './settings.ts'
import { listTemplates } from './templates.ts'
import { templateMaker } from './template-maker.ts'
import { credentialCheckOf, doneOf, outcomeOf } from './translate.ts'

export interface WhatsappCloudOptions extends GraphConnectionOptions {
  /** Of a new session: Meta's usual throughput is 80 messages a second. */
  cloudRatePerSecond: number
  /** The secrets of the operator's own Meta app. */
  operatorSecrets: CallbackSecrets
}

const checkedFields =
  'id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status'

const traits = {
  label: 'Meta',
  needsCredentials: true,
  isPlayground: false,
  hasShorthand: true,
  templates: 'binding',
  hasCustomerWindow: true,
  resendsAreShownOnce: false,
  costsCredits: true,
  messageTypes: ['text', 'template', 'media', 'reaction', 'interactive', 'location', 'contacts'],
  addressKinds: ['msisdn', 'bsuid', 'group'],
  media: mediaRules,
  textCharsMax: 4_096,
} as const satisfies Omit<ProviderTraits, 'ratePerSecond'>

/**
 * Meta's WhatsApp Cloud API. All numbers share one pool of connections.
 * @throws TypeError when `graphUrl` is not a URL.
 */
export function createWhatsappCloud(options: WhatsappCloudOptions): Provider<CloudSettings> {
  const graph = connectGraph(options)
  return {
    id: 'whatsapp-cloud',
    traits: { ...traits, ratePerSecond: options.cloudRatePerSecond },
    settings: cloudSettings,
    identity: ({ phoneNumberId, businessAccountId }) => ({
      senderId: phoneNumberId,
      businessAccountId: businessAccountId ?? null,
    }),
    form: cloudForm,
    open: ({ settings }) => openNumber(graph, settings),
    callbacks: {
      path: 'whatsapp',
      operatorSecrets: options.operatorSecrets,
      problems: {
        noSecret:
          'Callbacks cannot be verified: set META_APP_SECRET, or save the app secret with the credentials.',
        wrongSignature: 'The X-Hub-Signature-256 header does not match the body.',
      },
      verify: verifyCallback,
      parse: parseCallback,
    },
    close: () => graph.close(),
  }
}

function openNumber(graph: GraphConnection, settings: CloudSettings): Channel {
  const { accessToken, phoneNumberId, businessAccountId = null, appSecret, verifyToken } = settings
  return {
    async send(message, signal) {
      const path = `${phoneNumberId}/messages`
      const result = await graph.postJson(path, accessToken, sendRequest(message), signal)
      return outcomeOf(result, [accessToken])
    },
    async checkCredentials(signal) {
      const path = `${phoneNumberId}?fields=${checkedFields}`
      return credentialCheckOf(await graph.get(path, accessToken, signal), [accessToken])
    },
    templates: {
      businessAccountId,
      list: (signal) => listTemplates(graph, settings, signal),
      ...(businessAccountId !== null && { make: templateMaker(graph, { accessToken, businessAccountId }) }),
    },
    uploadMedia: (file, signal) => uploadMedia(graph, settings, file, signal),
    async markRead(message, signal) {
      const path = `${phoneNumberId}/messages`
      const result = await graph.postJson(path, accessToken, readRequest(message), signal)
      return doneOf(result, [accessToken])
    },
    downloadMedia: (mediaId, signal) => downloadMedia(graph, settings, mediaId, signal),
    callbackSecrets: { signature: appSecret ?? null, verifyToken: verifyToken ?? null },
  }
}
