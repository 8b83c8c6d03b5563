import { perContext, type Context } from '../../context.ts'
import { readProgress, type Progress } from '../../db/stores/messages/states.ts'
import { AppError } from '../../domain/app-error.ts'
import { waitingReasonFrom, type WaitingReason } from '../../domain/devices/waiting.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import { refuseWhenFull } from '../common/overload.ts'
import { cancelMessage } from './manage.ts'

/** The fate of a message, as far as it is known when the waiting ends. */
export type Handover =
  /** Its provider took it. */
  | { kind: 'sent' }
  /** It will not be sent any more. */
  | { kind: 'ended'; code: string | null; reason: string | null }
  /** It would have had to wait for longer than anybody does, and was canceled. */
  | { kind: 'canceled'; waitingFor: WaitingReason | null; retryInMs: number; reason: string | null }
  /** Nothing is known yet; it goes on. */
  | { kind: 'pending' }

/** How often to look: more seldom the longer it takes. */
const lookMs = { min: 50, max: 500 }

/** Looks of all who wait share one statement, so that many of them cost little, and hold no connection meanwhile. */
const looks = perContext((ctx: Context) =>
  createBatcher<string, Progress | null>({
    itemsMax: 512,
    lanes: 1,
    waitingMax: 4_096,
    async run(ids) {
      const found = new Map((await readProgress(ctx.db, [...new Set(ids)])).map((one) => [one.id, one]))
      return ids.map((id) => ({ status: 'fulfilled', value: found.get(id) ?? null }))
    },
  }),
)

/**
 * Waits for `withinMs` until the provider of an accepted message has taken or refused it. A message that cannot be
 * tried within that time, because of its sender's pace, a limit or a refusal for now, is canceled, unless it may have
 * left already.
 */
export async function awaitHandover(
  ctx: Context,
  { accountId, id, withinMs }: { accountId: string; id: string; withinMs: number },
): Promise<Handover> {
  const startMs = performance.now()
  for (;;) {
    const progress = await looks(ctx).add(id).catch(refuseWhenFull)
    if (progress === null)
      throw new AppError('message_not_found', 'There is no such message in your account.')
    const passedMs = performance.now() - startMs
    const leftMs = withinMs - passedMs
    const known = endOf(progress) ?? (await giveUp(ctx, { accountId, progress, leftMs }))
    if (known !== null) return known
    if (leftMs <= 0 || ctx.stopping.aborted) return { kind: 'pending' }
    const pauseMs = Math.min(lookMs.max, Math.max(lookMs.min, passedMs / 10), leftMs)
    await wait(pauseMs, ctx.stopping)
  }
}

function endOf({ status, errorCode, errorMessage }: Progress): Handover | null {
  switch (status) {
    case 'sent':
    case 'delivered':
    case 'read':
      return { kind: 'sent' }
    case 'failed':
    case 'expired':
    case 'canceled':
      return { kind: 'ended', code: errorCode, reason: errorMessage }
    default:
      return null
  }
}

/** Cancels a message whose turn comes too late; null when there is none to cancel, or it is on its way by now. */
async function giveUp(
  ctx: Context,
  { accountId, progress, leftMs }: { accountId: string; progress: Progress; leftMs: number },
): Promise<Handover | null> {
  const { id, status, dueInMs, waitingFor, neverLeft, errorMessage } = progress
  const waits = status === 'queued' || status === 'retrying'
  if (!waits || !neverLeft || dueInMs <= leftMs) return null
  const limit = status === 'queued' ? waitingReasonFrom(waitingFor) : null
  // When the device is back nobody knows: it may be at once.
  if (limit === 'device_disconnected') return null
  try {
    await cancelMessage(ctx, accountId, id)
  } catch (error) {
    if (error instanceof AppError && error.code === 'message_not_cancelable') return null
    throw error
  }
  const reason = status === 'retrying' ? errorMessage : null
  return { kind: 'canceled', waitingFor: limit, retryInMs: dueInMs, reason }
}
