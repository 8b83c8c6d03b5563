import type { Json } from '../../../wire/meta/samples/sample.ts'

const media: readonly string[] = ['image', 'video', 'audio', 'document', 'sticker']

/** Meta's body as the native API asks for the same. */
export function askedFor(body: Json): Json {
  const type = String(body['type'] ?? 'text')
  const part = Object(body[type])
  const reply = body['context'] === undefined ? {} : { replyTo: Object(body['context']).message_id }
  if (type === 'text') {
    const preview = part.preview_url === undefined ? {} : { previewUrl: part.preview_url }
    return { message: part.body, ...preview, ...reply }
  }
  if (media.includes(type)) {
    const { id: mediaId, link: url, ...rest } = part
    return { media: { type, ...rest, ...(mediaId === undefined ? { url } : { mediaId }) } }
  }
  if (type === 'reaction') return { reaction: { messageId: part.message_id, emoji: part.emoji } }
  return { [type]: part }
}
