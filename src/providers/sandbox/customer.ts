import type { PlayedContent, PlayedMessage } from '../../domain/played-message.ts'
import type { InboundEvent } from '../../domain/provider-event.ts'
import { fileFacts } from './files.ts'
import { metaTime, readAsCallback } from './meta.ts'

/** A customer's message, as the callback that brings it would be read. Null when Meta has no such message. */
export function playCustomer(played: PlayedMessage): InboundEvent | null {
  const { from, profileName, at } = played
  const [event] = readAsCallback({
    contacts: [
      {
        ...(profileName !== null && { profile: { name: profileName } }),
        ...(from.kind === 'bsuid' ? { user_id: from.value } : { wa_id: from.value }),
      },
    ],
    messages: [messageOf(played)],
  })
  // The time to the millisecond, so that what is played in one second keeps its order.
  return event?.kind === 'inbound' ? { ...event, at: at.toISOString() } : null
}

function messageOf({ id, from, content, replyTo, at }: PlayedMessage): Record<string, unknown> {
  return {
    ...partOf(id, content),
    ...(replyTo !== null && { context: { id: replyTo } }),
    ...(from.kind === 'bsuid' ? { from_user_id: from.value } : { from: from.value }),
    id: `wamid.sandbox.in.${id}`,
    timestamp: metaTime(at),
  }
}

/** The type and the part of that name, in Meta's shape. */
function partOf(id: string, content: PlayedContent): Record<string, unknown> {
  if ('raw' in content) return content.raw
  if ('message' in content) return { type: 'text', text: { body: content.message } }
  if ('location' in content) return { type: 'location', location: content.location }
  if ('contacts' in content) return { type: 'contacts', contacts: content.contacts }
  if ('reaction' in content) {
    const { messageId, emoji } = content.reaction
    return { type: 'reaction', reaction: { message_id: messageId, ...(emoji !== '' && { emoji }) } }
  }
  if ('media' in content) {
    const { type, ...given } = content.media
    return { type, [type]: { ...fileFacts(type, id), ...given } }
  }
  return { type: 'interactive', interactive: replyOf(content.reply) }
}

function replyOf({
  type,
  id,
  title,
  description,
  response,
}: Extract<PlayedContent, { reply: unknown }>['reply']): Record<string, unknown> {
  switch (type) {
    case 'button':
      return { type: 'button_reply', button_reply: { id, title } }
    case 'list':
      return {
        type: 'list_reply',
        list_reply: { id, title, ...(description !== undefined && { description }) },
      }
    case 'flow':
      return { type: 'nfm_reply', nfm_reply: { name: id, body: title, response_json: response ?? '{}' } }
  }
}
