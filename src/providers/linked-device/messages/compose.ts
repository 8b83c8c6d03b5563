import type { AnyMessageContent, WAMediaUpload } from '@whiskeysockets/baileys'
import type { MessageContent } from '../../../domain/messages/content.ts'
import { noThumbnail } from './uploads.ts'

type Supported = Exclude<MessageContent, { type: 'template' | 'interactive' }>
type Media = Extract<MessageContent, { type: 'media' }>

/** Whether a linked device can send this. Templates and interactive messages are the Cloud API's alone. */
export function isSupported(content: MessageContent): content is Supported {
  return content.type !== 'template' && content.type !== 'interactive'
}

/** A file of a message: where its bytes are, and its media type. */
export interface ComposedFile {
  source: WAMediaUpload
  mimeType: string | null
}

/**
 * A message as the library takes it. `fileOf` is asked for the bytes of a media message, `isOurs` whether a message
 * that is reacted to was sent by this device.
 */
export async function compose(
  content: Supported,
  {
    jid,
    isOurs,
    fileOf,
  }: {
    jid: string
    isOurs(externalId: string): Promise<boolean>
    fileOf(media: Media): Promise<ComposedFile>
  },
): Promise<AnyMessageContent> {
  switch (content.type) {
    case 'text':
      return { text: content.body, linkPreview: content.previewUrl === true ? previewOf(content.body) : null }
    case 'media':
      return composeMedia(content, await fileOf(content))
    case 'location':
      return {
        location: {
          degreesLatitude: content.latitude,
          degreesLongitude: content.longitude,
          ...(content.name !== undefined && { name: content.name }),
          ...(content.address !== undefined && { address: content.address }),
        },
      }
    case 'contacts':
      return {
        contacts: {
          displayName: displayNameOf(content.contacts),
          contacts: content.contacts.map((card) => ({
            displayName: card.name.formatted_name,
            vcard: vcardOf(card),
          })),
        },
      }
    case 'reaction': {
      const fromMe = await isOurs(content.messageId)
      return { react: { text: content.emoji, key: { remoteJid: jid, id: content.messageId, fromMe } } }
    }
  }
}

function composeMedia(media: Media, { source, mimeType }: ComposedFile): AnyMessageContent {
  const caption = media.caption === undefined ? {} : { caption: media.caption }
  const mimetype = mimeType === null ? {} : { mimetype: mimeType }
  switch (media.kind) {
    case 'image':
      return { image: source, ...caption, ...mimetype }
    case 'video':
      return { video: source, jpegThumbnail: noThumbnail, ...caption, ...mimetype }
    case 'audio':
      return media.voice === true
        ? { audio: source, ptt: true, mimetype: 'audio/ogg; codecs=opus' }
        : { audio: source, ...mimetype }
    case 'sticker':
      return { sticker: source }
    case 'document':
      return {
        document: source,
        mimetype: mimeType ?? 'application/octet-stream',
        ...(media.filename !== undefined && { fileName: media.filename }),
        ...caption,
      }
  }
}

/** The preview of the first link of a text, from the link alone: nothing is fetched from where others point us. */
function previewOf(
  text: string,
): NonNullable<Extract<AnyMessageContent, { text: string }>['linkPreview']> | null {
  const [url] = /https?:\/\/[^\s]+/.exec(text) ?? []
  if (url === undefined || !URL.canParse(url)) return null
  return { 'canonical-url': url, 'matched-text': url, title: new URL(url).hostname }
}

type Card = Extract<MessageContent, { type: 'contacts' }>['contacts'][number]

function displayNameOf(cards: readonly Card[]): string {
  return cards.length === 1 ? (cards[0]?.name.formatted_name ?? '') : `${cards.length} contacts`
}

/** A contact card as vCard 3.0 (RFC 2426). */
export function vcardOf({
  name,
  phones = [],
  emails = [],
  urls = [],
  addresses = [],
  org,
  birthday,
}: Card): string {
  const n = [name.last_name, name.first_name, name.middle_name, name.prefix, name.suffix]
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:${n.map(escaped).join(';')}`,
    `FN:${escaped(name.formatted_name)}`,
    ...(org === undefined
      ? []
      : [`ORG:${[org.company, org.department].filter(Boolean).map(escaped).join(';')}`]),
    ...(org?.title === undefined ? [] : [`TITLE:${escaped(org.title)}`]),
    ...(birthday === undefined ? [] : [`BDAY:${birthday}`]),
    ...phones.flatMap(({ phone, type, wa_id: waId }) =>
      phone === undefined && waId === undefined
        ? []
        : [
            `TEL;type=${typeOf(type, 'CELL')}${waId === undefined ? '' : `;waid=${waId}`}:${escaped(phone ?? `+${waId}`)}`,
          ],
    ),
    ...emails.flatMap(({ email, type }) =>
      email === undefined ? [] : [`EMAIL;type=${typeOf(type, 'INTERNET')}:${escaped(email)}`],
    ),
    ...urls.flatMap(({ url }) => (url === undefined ? [] : [`URL:${escaped(url)}`])),
    ...addresses.map(
      ({ street, city, state, zip, country, type }) =>
        `ADR;type=${typeOf(type, 'HOME')}:;;${[street, city, state, zip, country].map(escaped).join(';')}`,
    ),
    'END:VCARD',
  ]
  return lines.join('\n')
}

function typeOf(type: string | undefined, otherwise: string): string {
  return type === undefined ? otherwise : type.replaceAll(/[^\w-]/g, '').toUpperCase() || otherwise
}

function escaped(text: string | undefined): string {
  return (text ?? '').replaceAll(/[\\;,]/g, String.raw`\$&`).replaceAll(/\r?\n/g, String.raw`\n`)
}
