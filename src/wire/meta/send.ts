import { z } from 'zod'
import type { Address } from '../../domain/messages/address.ts'
import type {
  MediaContent,
  MediaKind,
  MessageContent,
  TemplateContent,
} from '../../domain/messages/content.ts'
import { isComponent, type TemplateComponent } from '../../domain/messages/content/template-components.ts'

/** The facts of a message that `sendRequest` needs. */
export interface SendInput {
  /**
   * Our message id: comes back in every status callback as `biz_opaque_callback_data` (at most 512
   * characters).
   */
  id: string
  to: Address
  content: MessageContent
  /** The wamid of the message this one answers. */
  replyTo: string | null
}

/** The body of `POST /{phone-number-id}/messages`. */
export interface SendRequest {
  messaging_product: 'whatsapp'
  recipient_type: 'individual' | 'group'
  to?: string
  recipient?: string
  type: string
  context?: { message_id: string }
  biz_opaque_callback_data: string
  [payload: string]: unknown
}

const knownId = z.string().min(1).max(160).nullable().default(null).catch(null)

/**
 * The answer of Graph to a send. It means accepted and nothing more; delivery is reported by callback.
 * `message_status` (`accepted`, `held_for_quality_assessment`, `paused`) is often absent.
 */
export const sendResponse = z.object({
  messages: z.tuple([z.object({ id: z.string().min(1) })], z.unknown()),
  /** Whom Meta took the recipient for, who may have another number there than was dialled. */
  contacts: z
    .tuple([z.object({ wa_id: knownId, user_id: knownId })], z.unknown())
    .transform(([{ wa_id, user_id }]) => ({ address: wa_id, userId: user_id }))
    .catch({ address: null, userId: null }),
})

/** Writes a message as Graph takes it. Source: Meta's OpenAPI description of the Cloud API, v23.0. */
export function sendRequest({ id, to, content, replyTo }: SendInput): SendRequest {
  const request: SendRequest = {
    messaging_product: 'whatsapp',
    recipient_type: to.kind === 'group' ? 'group' : 'individual',
    // `to` wins when both are given, so only the one that fits is.
    ...(to.kind === 'bsuid' ? { recipient: to.value } : { to: to.value }),
    type: '',
    biz_opaque_callback_data: id,
  }
  // A reaction names its message itself; Meta refuses it as a contextual reply.
  if (replyTo !== null && content.type !== 'reaction') request.context = { message_id: replyTo }
  const [type, payload] = payloadOf(content)
  request.type = type
  request[type] = payload
  return request
}

/** The name of the type, which is also the key of its payload, and the payload. */
function payloadOf(content: MessageContent): [type: string, payload: unknown] {
  switch (content.type) {
    case 'text':
      return ['text', { body: content.body, preview_url: content.previewUrl }]
    case 'template':
      return ['template', templateOf(content)]
    case 'media':
      return [content.kind, mediaOf(content)]
    case 'reaction':
      return ['reaction', { message_id: content.messageId, emoji: content.emoji }]
    case 'interactive':
      return ['interactive', content.interactive]
    case 'location': {
      const { latitude, longitude, name, address } = content
      return ['location', { latitude, longitude, name, address }]
    }
    case 'contacts':
      return ['contacts', content.contacts]
  }
}

function templateOf({ name, language, languageOptions, components, extra }: TemplateContent) {
  return {
    ...extra,
    name,
    language: { ...languageOptions, code: language },
    components: components?.map(componentOf),
  }
}

/** Our components are Graph's, except that a button may be counted with a number where Graph wants a text. */
function componentOf(component: TemplateComponent): unknown {
  if (isComponent(component, 'button')) {
    return component.index === undefined ? component : { ...component, index: String(component.index) }
  }
  if (isComponent(component, 'carousel')) {
    const cards = component.cards.map((card) => ({ ...card, components: card.components.map(componentOf) }))
    return { ...component, cards }
  }
  return component
}

/** The fields that Graph takes beside the file itself; it refuses a field that the kind does not have. */
const mediaFields = {
  image: ['caption'],
  video: ['caption'],
  document: ['caption', 'filename'],
  audio: ['voice'],
  sticker: [],
} as const satisfies Record<MediaKind, readonly (keyof MediaContent)[]>

function mediaOf(content: MediaContent): Record<string, unknown> {
  // `id` or `link`, never both.
  const media: Record<string, unknown> =
    content.mediaId === undefined ? { link: content.url } : { id: content.mediaId }
  for (const field of mediaFields[content.kind]) media[field] = content[field]
  return media
}
