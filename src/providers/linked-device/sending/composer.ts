import type { proto, WAMediaUploadFunction } from '@whiskeysockets/baileys'
import { mediaRules } from '../../../domain/messages/media.ts'
import type { MediaContent } from '../../../domain/messages/content.ts'
import type { SendErrorCode } from '../../../domain/messages/send-errors.ts'
import type { ConnectionPorts, OutboundMessage } from '../../contract.ts'
import type { Library } from '../library.ts'
import { compose, isSupported, type ComposedFile } from '../messages/compose.ts'
import { bounded, deviceMedia, FileTooLargeError } from '../messages/media.ts'
import { uploadedMessage } from '../messages/uploads.ts'
import { externalIdOf } from '../protocol/message-id.ts'
import { libraryLogger } from '../safety/logger.ts'

/** A message that cannot be made, and why. */
export class ComposeError extends Error {
  readonly code: SendErrorCode
  constructor(code: SendErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ComposeError'
    this.code = code
  }
}

/** Makes messages of the protocol out of ours. */
export interface Composer {
  /** Uploads the file of a media message on the way. Throws `ComposeError`, and what the library throws. */
  build(message: OutboundMessage, jid: string, signal: AbortSignal): Promise<proto.IMessage>
}

const uploadTimeoutMs = 60_000

export function createComposer(
  library: Library,
  {
    ports,
    userJid,
    upload,
  }: {
    ports: Pick<ConnectionPorts, 'fetchFile' | 'findSent' | 'log' | 'storage'>
    userJid(): string
    upload: WAMediaUploadFunction
  },
): Composer {
  const logger = libraryLogger(ports.log)

  async function fetchFile(media: MediaContent, signal: AbortSignal): Promise<ComposedFile> {
    const { bytesMax } = { ...mediaRules, ...deviceMedia }[media.kind]
    if (media.url === undefined) throw new ComposeError('media_failed', 'The message names no file')
    const fetched = await ports.fetchFile(media.url, bytesMax, signal)
    if (!fetched.ok) {
      throw new ComposeError(fetched.retryable ? 'connection_failed' : 'media_failed', fetched.detail)
    }
    return { source: { stream: bounded(fetched.stream, bytesMax) }, mimeType: fetched.mimeType }
  }

  async function contentOf(
    { content }: OutboundMessage,
    jid: string,
    signal: AbortSignal,
  ): Promise<proto.IMessage> {
    if (!isSupported(content))
      throw new ComposeError('not_supported', `A linked device cannot send ${content.type}`)
    if (content.type === 'media' && content.mediaId !== undefined) {
      const uploaded = await uploadedMessage(library, ports.storage, content)
      if (uploaded === null)
        throw new ComposeError('media_failed', 'There is no such uploaded file, or not of this kind')
      return uploaded
    }
    const composed = await compose(content, {
      jid,
      isOurs: async (externalId) => (await ports.findSent(externalId)) !== null,
      fileOf: (media) => fetchFile(media, signal),
    })
    try {
      return await library.generateWAMessageContent(composed, {
        upload,
        logger,
        mediaUploadTimeoutMs: uploadTimeoutMs,
        jid,
      })
    } catch (error) {
      if (content.type !== 'media') throw error
      if (error instanceof FileTooLargeError) throw new ComposeError('media_failed', error.message, error)
      throw new ComposeError('connection_failed', 'The file could not be given to WhatsApp', error)
    }
  }

  return {
    async build(message, jid, signal) {
      const content = await contentOf(message, jid, signal)
      const quoted = message.replyTo === null ? {} : { quoted: await quote(ports, jid, message.replyTo) }
      const whole = library.generateWAMessageFromContent(jid, content, {
        userJid: userJid(),
        messageId: externalIdOf(message.id),
        ...quoted,
      })
      return whole.message ?? content
    },
  }
}

/** The message that is answered. Of a customer's only the id is known here, by which the phone finds it. */
async function quote(
  ports: Pick<ConnectionPorts, 'findSent'>,
  jid: string,
  externalId: string,
): Promise<{ key: { remoteJid: string; id: string; fromMe: boolean }; message: proto.IMessage }> {
  const own = await ports.findSent(externalId)
  const text = own?.content.type === 'text' ? own.content.body : ''
  return { key: { remoteJid: jid, id: externalId, fromMe: own !== null }, message: { conversation: text } }
}
