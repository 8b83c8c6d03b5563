import type { Context } from '../../context.ts'
import { readUnappliedCallbacks, claimDueCallbacks } from '../../db/stores/callbacks/callbacks.ts'
import { foldCounters } from '../../db/stores/analytics/counters.ts'
import { deleteOldFileKeys } from '../../db/stores/devices/keys.ts'
import { pruneRateWindows } from '../../db/stores/accounts/rate-counter.ts'
import { pruneIdempotency } from '../../db/stores/messages/idempotency.ts'
import { forgetSealed } from '../../db/stores/messages/read.ts'
import {
  deleteOldAliases,
  deleteOldCallbacks,
  deleteOldMessages,
  deleteOldNumbers,
  deleteOldVerifications,
  deleteOldWebhookEvents,
  deleteOldWindows,
} from '../../db/stores/operations/retention.ts'
import { sweepMessages, type StalledMessage } from '../../db/stores/messages/stalled.ts'
import { deleteOldAttempts } from '../../db/stores/webhooks/delivery-log.ts'
import { deleteOldRecoveries } from '../../db/stores/webhooks/replays.ts'
import { readStates } from '../../db/stores/messages/states.ts'
import type { Change } from '../../domain/messages/transition.ts'
import type { MessageState } from '../../domain/messages/message.ts'
import { lanes } from '../../domain/messages/message.ts'
import { backoffMs } from '../../kit/backoff.ts'
import { after } from '../../kit/clock.ts'
import { groupBy } from '../../kit/group.ts'
import { idFloor } from '../../kit/id.ts'
import { applyCallbacks } from '../callbacks/apply.ts'
import { applyWaiting } from '../callbacks/apply-statuses.ts'
import { tidyCallbacks } from '../callbacks/tidy.ts'
import { dispatchMessages } from '../dispatch/dispatch.ts'
import { sweepDeliveries } from '../delivery/claim.ts'
import { transitionMessages, type Report } from '../messages/transition.ts'
import { followVerifications } from '../otp/follow.ts'
import { tellUnconfirmed } from '../otp/unconfirmed.ts'
import { loadSender } from '../senders/lookup.ts'
import { continueRecoveries } from '../webhooks/replay.ts'

// The front door of the room: finds stalled work and starts it again. The others: `readiness` says whether the service
// can work, `reencrypt` moves secrets to a new key, and `secrets-key` looks whether ours opens them.

const dayMs = 24 * 3_600_000
const rowsMax = 1_000
const callbacksMax = 200
/** After so many attempts of unknown outcome a message fails that could arrive as often. */
const unknownAttemptsMax = 5
/** Where a repeated attempt harms nobody, it is repeated until the message expires, ever less often. */
const resendBackoff = { baseMs: 500, capMs: 300_000 }
/** After so many workers that vanished over its file it fails. */
const preparationsMax = 3

/**
 * Finds stalled work and starts it again: messages and deliveries whose job was lost, leases that ran
 * out, unknown outcomes that have settled, schedules that are due. Any number of processes may sweep at once.
 * Returns true when there may be more.
 */
export async function sweepOnce(ctx: Context): Promise<boolean> {
  const stalled = await sweepMessages(ctx.db, rowsMax)
  await handleStalled(ctx, stalled)
  const moreDeliveries = await sweepDeliveries(ctx, rowsMax)
  const moreRecoveries = await continueRecoveries(ctx)
  const callbacks = await claimDueCallbacks(ctx.db, callbacksMax)
  await applyCallbacks(ctx, callbacks)
  const moreReceipts = await applyWaiting(ctx)
  const moreVerifications = await followVerifications(ctx)
  const moreUnconfirmed = await tellUnconfirmed(ctx)
  return (
    stalled.length === rowsMax ||
    moreDeliveries ||
    moreRecoveries ||
    moreReceipts ||
    moreVerifications ||
    moreUnconfirmed ||
    callbacks.length === callbacksMax
  )
}

/** The slow housekeeping: folds counters, forgets idempotency records whose time is over. */
export async function tidyOnce(ctx: Context): Promise<void> {
  while ((await foldCounters(ctx.db, 10_000)) === 10_000);
  await pruneIdempotency(ctx.db, 5_000)
  await pruneRateWindows(ctx.db, 5_000)
  await forgetSealed(ctx.db, 5_000)
  await tidyCallbacks(ctx)
  if (ctx.config.retentionDays !== null) await forgetOldRows(ctx, ctx.config.retentionDays)
  await forgetOldAttempts(ctx)
  await deleteOldFileKeys(ctx.db, 1_000)
}

/** Attempts to deliver webhooks are kept for a time of their own, or for as long as anything is, if that is less. */
async function forgetOldAttempts(ctx: Context): Promise<void> {
  const days = Math.min(ctx.config.webhooks.logDays, ctx.config.retentionDays ?? Infinity)
  const before = idFloor(after(ctx.clock.now(), -days * dayMs))
  await deleteOldAttempts(ctx.db, before, 5_000)
  await deleteOldRecoveries(ctx.db, before, 1_000)
}

/** Deletes what is older than the operator keeps, a few rows at a time, so that nothing else has to wait. */
async function forgetOldRows(ctx: Context, days: number): Promise<void> {
  const at = after(ctx.clock.now(), -days * dayMs)
  const before = idFloor(at)
  await deleteOldMessages(ctx.db, before, 1_000)
  await deleteOldWebhookEvents(ctx.db, before, 1_000)
  await deleteOldCallbacks(ctx.db, before, 1_000)
  await deleteOldVerifications(ctx.db, before, 1_000)
  await deleteOldNumbers(ctx.db, at, 1_000)
  await deleteOldWindows(ctx.db, at, 1_000)
  await deleteOldAliases(ctx.db, at, 1_000)
}

async function handleStalled(ctx: Context, stalled: StalledMessage[]): Promise<void> {
  const settled = stalled.some(({ kind }) => kind === 'settled')
  const allApplied = settled && (await applyPendingCallbacks(ctx))
  // Those that cannot be decided yet are found again by the next sweeps.
  const decisions = stalled.filter(({ kind }) => !isWaiting(kind) && (kind !== 'settled' || allApplied))
  const states = new Map((await statesOf(ctx, decisions)).map((state) => [state.id, state]))
  const reports = await Promise.all(
    decisions.map(async ({ id, kind, attempt }) => {
      const state = states.get(id)
      // Another process began a new attempt since the row was found, and decides about it.
      return state?.attempt === attempt ? decide(ctx, state, kind) : null
    }),
  )
  const changed = await transitionMessages(
    ctx,
    reports.filter((report) => report !== null),
  )
  const at = ctx.clock.now()
  for (const lane of lanes) {
    const inLane = stalled.filter((message) => message.lane === lane)
    const due = inLane.filter(({ id, kind }) => {
      const status = changed.get(id)?.status
      return kind === 'enqueue' || status === 'queued' || status === 'retrying'
    })
    const delays = groupBy(due, ({ id }) => Math.max(0, Number(changed.get(id)?.dueAt ?? at) - at.getTime()))
    for (const [delayMs, some] of delays) await ctx.queue.enqueue(`send-${lane}`, idsOf(some), { delayMs })
    const overdue = inLane.filter(({ kind }) => kind === 'overdue')
    // It does not matter what the queue does. Not waited for: the sends of a busy worker must not hold the sweeper up.
    if (overdue.length > 0) {
      ctx.tasks.track(dispatchMessages(ctx, { lane, ids: idsOf(overdue), requeued: false }))
    }
  }
}

const isWaiting = (kind: StalledMessage['kind']): boolean => kind === 'enqueue' || kind === 'overdue'
const idsOf = (messages: StalledMessage[]): string[] => messages.map(({ id }) => id)

/**
 * Applies archived callbacks that were not applied yet: the process that took one may have died before it could, and
 * the attempt that is about to be sent again may be the one it is about. False when there are more of them.
 */
async function applyPendingCallbacks(ctx: Context): Promise<boolean> {
  // Not the receipts that a provider without callbacks scheduled: they are not due yet.
  const providers = [...ctx.providers.values()].filter((provider) => provider.callbacks !== undefined)
  const ids = providers.map((provider) => provider.id)
  const callbacks = await readUnappliedCallbacks(ctx.db, ids, callbacksMax)
  await applyCallbacks(ctx, callbacks)
  return callbacks.length < callbacksMax
}

async function statesOf(ctx: Context, messages: StalledMessage[]): Promise<MessageState[]> {
  return messages.length === 0
    ? []
    : readStates(
        ctx.db,
        messages.map(({ id }) => id),
      )
}

async function decide(
  ctx: Context,
  state: MessageState,
  kind: StalledMessage['kind'],
): Promise<Report | null> {
  const at = ctx.clock.now()
  const { id, attempt } = state
  switch (kind) {
    case 'release':
      return { id, change: { to: 'queued', at, dueAt: at, why: 'schedule' } }
    case 'expired':
      return { id, change: { to: 'expired', at } }
    case 'unprepared':
      return { id, change: changeForUnprepared(state, at) }
    case 'lease-lost':
      return {
        id,
        change: { to: 'unknown', at, wakeAt: after(at, ctx.config.send.settleMs), attempt },
        attempt: {
          messageId: id,
          attempt,
          startedAt: at,
          endedAt: null,
          outcome: 'unknown',
          code: null,
          detail: 'The worker that had this message vanished before it could say what became of it.',
          externalId: null,
          provider: null,
        },
      }
    case 'settled':
      return { id, change: await changeForUnknown(ctx, state, at) }
    case 'enqueue':
    case 'overdue':
      return null
  }
}

/** Its file may be what ends its workers, so it is not tried for ever. */
function changeForUnprepared({ attempt, attemptFloor }: MessageState, at: Date): Change {
  const code = 'media_conversion_failed'
  const message = 'The worker vanished while it made the file of this message ready.'
  return attempt - attemptFloor >= preparationsMax
    ? { to: 'failed', at, code, message, attempt }
    : { to: 'retrying', at, dueAt: at, attempt, code, message }
}

/** The change for a message whose attempt had no outcome within the settling time. */
async function changeForUnknown(ctx: Context, state: MessageState, at: Date): Promise<Change> {
  const { attempt } = state
  if (state.expiresAt !== null && state.expiresAt <= at) return { to: 'expired', at }
  const sender = await loadSender(ctx, state.sessionId)
  const waited = `The provider did not answer and no callback came within ${ctx.config.send.settleMs / 1_000} s`
  const tries = attempt - state.attemptFloor
  const isShownOnce = sender?.provider.traits.resendsAreShownOnce === true
  if (
    sender === null ||
    sender.session.onUnknown === 'fail' ||
    (tries >= unknownAttemptsMax && !isShownOnce)
  ) {
    return {
      to: 'failed',
      at,
      code: 'outcome_unknown',
      message: `${waited}; it may have arrived all the same.`,
      attempt,
    }
  }
  const again = isShownOnce ? 'under the same id, so phones show it once' : 'so it may arrive twice'
  return {
    to: 'retrying',
    at,
    dueAt: isShownOnce ? after(at, backoffMs(tries, resendBackoff)) : at,
    attempt,
    code: 'outcome_unknown',
    message: `${waited}; it is sent again, ${again}.`,
  }
}
