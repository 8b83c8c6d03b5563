import { z } from 'zod'
import type { Context } from '../../context.ts'
import { messageContent, type MessageContent } from '../../domain/messages/content.ts'

const sealedShape = z.object({ content: messageContent, secret: z.string() })

/** The true content of a message that shows a masked one, and the secret in it. */
export type SealedContent = z.infer<typeof sealedShape>

/** Bound to the message, so that it opens in no other row. */
const purposeOf = (messageId: string): string => `message:${messageId}`

/** Encrypts the content of a message that nobody is to read. */
export function sealContent(ctx: Context, messageId: string, content: SealedContent): string {
  return ctx.encrypter.encrypt(JSON.stringify(content), purposeOf(messageId))
}

/** The content in clear. Throws when no key opens it. */
export function openSealed(ctx: Context, messageId: string, sealed: string): SealedContent {
  return sealedShape.parse(JSON.parse(ctx.encrypter.decrypt(sealed, purposeOf(messageId))))
}

/**
 * The content that a message is sent with, and the secret that no record may show; null for a sealed one that was
 * forgotten. Throws when no key opens it.
 */
export function contentToSend(
  ctx: Context,
  { id, content, sealed }: { id: string; content: MessageContent; sealed: string | null },
): { content: MessageContent | null; secret: string | null } {
  if (sealed === null) return { content, secret: null }
  return sealed === '' ? { content: null, secret: null } : openSealed(ctx, id, sealed)
}

/** A value without a secret in any of its texts. */
export function withoutSecret<Value>(value: Value, secret: string): Value {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replaceAll(secret, '[redacted]') : inner,
  )
}
