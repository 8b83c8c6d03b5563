import type { proto } from '@whiskeysockets/baileys'
import type { InboundContent } from '../../../domain/messages/inbound-content.ts'
import type { Library } from '../library.ts'
import { contactsOf } from './vcard.ts'
import type { MediaPlace } from './media.ts'
import { plainJson } from './plain-json.ts'

/** The content of a message: in our words, and where its file is. */
export interface Said {
  /** WhatsApp's word as the Cloud API has it: text, image, ... */
  type: string
  content: InboundContent
  body: string | null
  replyTo: string | null
  media: { place: MediaPlace; mimeType: string | null; filename: string | null } | null
}

type Message = proto.IMessage

const fileKinds = [
  { field: 'imageMessage', kind: 'image' },
  { field: 'videoMessage', kind: 'video' },
  { field: 'ptvMessage', kind: 'video' },
  { field: 'audioMessage', kind: 'audio' },
  { field: 'documentMessage', kind: 'document' },
  { field: 'stickerMessage', kind: 'sticker' },
] as const

/** Reads a decrypted message; null for what is no message to people, such as an exchange of keys. `id`: its own. */
export function read(library: Library, id: string, wrapped: Message): Said | null {
  const message = library.normalizeMessageContent(wrapped)
  if (message === undefined || message === null) return null
  const said =
    readFile(id, message) ?? readPlain(message) ?? readReply(message) ?? readOther(library, message)
  return said === null ? null : { ...said, replyTo: quotedIn(message) }
}

type Part = Omit<Said, 'replyTo'>

function readFile(id: string, message: Message): Part | null {
  for (const { field, kind } of fileKinds) {
    const file = message[field]
    if (file === null || file === undefined) continue
    const { mediaKey, directPath, url } = file
    const mimeType = file.mimetype ?? null
    const caption = 'caption' in file ? (file.caption ?? null) : null
    const filename = 'fileName' in file ? (file.fileName ?? null) : null
    const voice = 'ptt' in file && file.ptt === true
    const place: MediaPlace | null =
      mediaKey == null
        ? null
        : {
            kind,
            mediaKey: Buffer.from(mediaKey).toString('base64'),
            directPath: directPath ?? null,
            url: url ?? null,
            mimeType,
            sizeBytes: file.fileLength == null ? null : Number(file.fileLength),
          }
    const content = {
      media: {
        type: kind,
        mediaId: id,
        ...(mimeType !== null && { mimeType }),
        ...(caption !== null && caption !== '' && { caption }),
        ...(filename !== null && { filename }),
        ...(voice && { voice }),
      },
    }
    const body = caption === '' ? null : caption
    return { type: kind, content, body, media: place && { place, mimeType, filename } }
  }
  return null
}

function readPlain(message: Message): Part | null {
  const text = message.conversation ?? message.extendedTextMessage?.text ?? null
  if (text !== null && text !== '') return part('text', { message: text }, text)
  const location = message.locationMessage ?? message.liveLocationMessage
  if (location != null) {
    const name = 'name' in location ? (location.name ?? undefined) : undefined
    const address = 'address' in location ? (location.address ?? undefined) : undefined
    const place = {
      latitude: location.degreesLatitude ?? 0,
      longitude: location.degreesLongitude ?? 0,
      ...(name !== undefined && { name }),
      ...(address !== undefined && { address }),
    }
    return part('location', { location: place }, name ?? address ?? null)
  }
  const cards =
    message.contactsArrayMessage?.contacts ?? (message.contactMessage ? [message.contactMessage] : null)
  if (cards !== null) {
    const names = cards.map(({ displayName }) => displayName ?? '').filter((name) => name !== '')
    return part('contacts', { contacts: contactsOf(cards) }, names.join(', ') || null)
  }
  const reaction = message.reactionMessage
  if (reaction != null) {
    const emoji = reaction.text ?? ''
    return part('reaction', { reaction: { messageId: reaction.key?.id ?? '', emoji } }, emoji || null)
  }
  return null
}

/** A button or row that was tapped. */
function readReply(message: Message): Part | null {
  const button = message.buttonsResponseMessage
  if (button != null) return reply('button', button.selectedButtonId, button.selectedDisplayText)
  const template = message.templateButtonReplyMessage
  if (template != null) return reply('button', template.selectedId, template.selectedDisplayText)
  const list = message.listResponseMessage
  if (list != null) return reply('list', list.singleSelectReply?.selectedRowId, list.title)
  return null
}

function reply(
  type: 'button' | 'list',
  id: string | null | undefined,
  title: string | null | undefined,
): Part {
  return part('interactive', { reply: { type, id: id ?? '', title: title ?? '' } }, title ?? null)
}

/** Fields that carry keys and settings between devices, not what people say. */
const exchanges = new Set([
  'protocolMessage',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'messageContextInfo',
  'deviceSentMessage',
  'placeholderMessage',
])

function readOther(library: Library, message: Message): Part | null {
  const revoked = message.protocolMessage
  const { REVOKE, MESSAGE_EDIT } = library.proto.Message.ProtocolMessage.Type
  if (revoked?.type === REVOKE) return part('deleted', { other: { deleted: revoked.key?.id ?? '' } }, null)
  if (revoked?.type === MESSAGE_EDIT) {
    const edited = library.normalizeMessageContent(revoked.editedMessage)
    const text = edited?.conversation ?? edited?.extendedTextMessage?.text ?? null
    return part('edited', { other: { edited: revoked.key?.id ?? '', message: text } }, text)
  }
  const json = plainJson(
    library.proto.Message.toObject(library.proto.Message.fromObject(message), { longs: String }),
  )
  const fields = Object.keys(json).filter((field) => !exchanges.has(field))
  const [first] = fields
  if (first === undefined) return null
  return part('unsupported', { other: { [first]: json[first] } }, null)
}

function part(type: string, content: InboundContent, body: string | null): Part {
  return { type, content, body, media: null }
}

/** The id of the message that this one answers. */
function quotedIn(message: Message): string | null {
  for (const value of Object.values(message)) {
    if (typeof value !== 'object' || value === null || !('contextInfo' in value)) continue
    const { contextInfo } = value
    if (typeof contextInfo !== 'object' || contextInfo === null || !('stanzaId' in contextInfo)) continue
    if (typeof contextInfo.stanzaId === 'string' && contextInfo.stanzaId !== '') return contextInfo.stanzaId
  }
  return null
}
