import type { Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import { renewLease, writePreparedFile } from '../../db/stores/messages/prepared.ts'
import type { MessageContent } from '../../domain/messages/content.ts'
import type { ClaimedMessage } from '../../domain/messages/message.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import type { SendOutcome } from '../../providers/contract.ts'
import { prepareFile, type FileToPrepare } from '../media/prepare.ts'
import type { Sender } from '../senders/lookup.ts'

/** Whether the file of a message has to be made ready before it is sent, which may take minutes. */
export function isUnprepared(content: MessageContent): content is FileToPrepare['content'] {
  return content.type === 'media' && content.convert !== undefined
}

/** A message that is ready to be sent, or the refusal of its file; null: it must not be sent now. */
export type Ready =
  | { message: ClaimedMessage }
  | { refusal: Extract<SendOutcome, { outcome: 'refused' }> }
  | null

/**
 * Makes the file of a claimed message ready, and keeps the provider's id of it with the message, so that no other
 * attempt does it again. The lease is renewed meanwhile; once it is lost, or the process stops, the work ends.
 */
export async function readyToSend(
  ctx: Context,
  { message, sender }: { message: ClaimedMessage; sender: Sender },
): Promise<Ready> {
  const { content } = message
  if (!isUnprepared(content)) return { message }
  const done = new AbortController()
  const lost = new AbortController()
  const renewals = renewUntil(ctx, message, done.signal, () => lost.abort())
  try {
    const wanted = AbortSignal.any([lost.signal, ctx.stopping])
    const prepared = await prepareFile(ctx, { sender, content }, wanted)
    if (prepared.state === 'busy' || prepared.state === 'stopped') return null
    if (prepared.state === 'refused') {
      const { code, retryable, detail } = prepared
      return { refusal: { outcome: 'refused', code, retryable, detail } }
    }
    return await keep(ctx, message, content, prepared.mediaId)
  } finally {
    done.abort()
    await renewals
  }
}

async function keep(
  ctx: Context,
  message: ClaimedMessage,
  { convert: _, ...content }: FileToPrepare['content'],
  mediaId: string,
): Promise<Ready> {
  const { leaseMs } = ctx.config.send
  const askedMs = performance.now()
  try {
    if (!(await writePreparedFile(ctx.db, message, { mediaId, leaseMs }))) return null
  } catch (error) {
    if (!isUnavailable(error)) throw error
    return null
  }
  return { message: { ...message, content: { ...content, mediaId }, leaseEndMs: askedMs + leaseMs } }
}

/** Renews a lease again and again; calls `onLost` when it is not in force any more or may have run out. */
async function renewUntil(
  ctx: Context,
  message: ClaimedMessage,
  done: AbortSignal,
  onLost: () => void,
): Promise<void> {
  const { leaseMs } = ctx.config.send
  let { leaseEndMs } = message
  for (;;) {
    await wait(leaseMs / 4, done)
    if (done.aborted) return
    const askedMs = performance.now()
    const renewed = await renewLease(ctx.db, message, leaseMs).catch((error: unknown) => {
      ctx.log.debug({ err: error, messageId: message.id }, 'a lease could not be renewed')
      return null
    })
    if (renewed === true) leaseEndMs = askedMs + leaseMs
    if (renewed === false || performance.now() > leaseEndMs) return onLost()
  }
}
