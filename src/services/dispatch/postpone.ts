import type { Context } from '../../context.ts'
import { postponeMessages, type PeekedMessage } from '../../db/stores/messages/claim.ts'
import type { WaitingReason } from '../../domain/devices/waiting.ts'
import type { Lane } from '../../domain/messages/message.ts'
import { paceHorizonMs } from '../../domain/messages/pacer.ts'
import { chunk } from '../../kit/group.ts'

/**
 * Postpones messages in Postgres, so that a lost or doubled job changes nothing, and enqueues them for their time. They
 * come back a few at a time, as many as the pace hands out at once, each few when their turn is expected.
 */
export async function postponeAndEnqueue(
  ctx: Context,
  lane: Lane,
  messages: PeekedMessage[],
  {
    delayMs,
    spacingMs,
    requeued,
    waitingFor = null,
  }: { delayMs: number; spacingMs: number; requeued: boolean; waitingFor?: WaitingReason | null },
): Promise<void> {
  const few = spacingMs === 0 ? messages.length : Math.max(1, Math.floor(paceHorizonMs / spacingMs))
  const groups = chunk(messages, few).map((group, index) => ({
    group,
    untilMs: Math.max(1, delayMs + index * few * spacingMs),
  }))
  await postponeMessages(
    ctx.db,
    groups.flatMap(({ group, untilMs }) => group.map(({ id }) => ({ id, untilMs, waitingFor }))),
  )
  for (const { group, untilMs } of groups) {
    const ids = group.map(({ id }) => id)
    ctx.tasks.track(ctx.queue.enqueue(`send-${lane}`, ids, { delayMs: untilMs, requeued }))
  }
}
