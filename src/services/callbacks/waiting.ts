import type { Context } from '../../context.ts'
import {
  deleteWaitingReceipts,
  insertWaitingReceipts,
  takeWaitingReceipts,
  type WaitingReceipt,
} from '../../db/stores/callbacks/waiting.ts'
import { readStatesByExternalId } from '../../db/stores/messages/states.ts'
import { findSessions, findSessionsBySender } from '../../db/stores/sessions/read.ts'
import { statusEvent, type StatusEvent } from '../../domain/provider-event.ts'
import { groupBy } from '../../kit/group.ts'
import { countCallbackItems } from '../telemetry/metrics.ts'
import type { Verified } from './verified.ts'

/** Receipts that are looked at in one sweep. */
const receiptsMax = 500

/**
 * Keeps receipts that found no message and carry no id of ours: the provider may have sent them before its answer to
 * our send was committed. Returns those of them whose message is there by now.
 */
export async function keepWaiting(
  ctx: Context,
  unmatched: readonly Verified<StatusEvent>[],
): Promise<Verified<StatusEvent>[]> {
  const rows = await rowsOf(
    ctx,
    unmatched.filter(({ event }) => event.correlationId === null),
  )
  countCallbackItems(ctx, 'status', rows.length > 0 ? 'waiting' : 'unclaimed', unmatched.length)
  if (rows.length === 0) return []
  await insertWaitingReceipts(ctx.db, rows)
  const externalIds = [...new Set(rows.map(({ externalId }) => externalId))]
  const there = new Set((await readStatesByExternalId(ctx.db, externalIds)).map((state) => state.externalId))
  return unmatched.filter(({ event }) => event.correlationId === null && there.has(event.externalId))
}

/** One row for each account that the receipt may be for. */
async function rowsOf(ctx: Context, unmatched: readonly Verified<StatusEvent>[]): Promise<WaitingReceipt[]> {
  const accounts = await accountsOf(ctx, unmatched)
  return unmatched.flatMap((one) =>
    accounts(one).map((accountId) => ({
      accountId,
      externalId: one.event.externalId,
      // A voice note that was played is reported as read, and both may come.
      status: one.event.detail ?? one.event.status,
      provider: one.provider,
      verifiedBy: one.verifiedBy,
      // The essence stands in `words`; the archived callback has all of it.
      event: { ...one.event, raw: null },
    })),
  )
}

async function accountsOf(
  ctx: Context,
  unmatched: readonly Verified<StatusEvent>[],
): Promise<(one: Verified<StatusEvent>) => string[]> {
  const verifiers = unmatched.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy]))
  const owners = await findSessions(ctx.db, [...new Set(verifiers)])
  const bySender = new Map<string, Set<string>>()
  const shared = unmatched.filter(({ verifiedBy }) => verifiedBy === null)
  for (const [provider, some] of groupBy(shared, (one) => one.provider)) {
    const ids = new Set(some.flatMap(({ event }) => event.senderId ?? []))
    for (const { senderId, accountId } of await findSessionsBySender(ctx.db, provider, [...ids])) {
      const key = `${provider} ${senderId}`
      bySender.set(key, (bySender.get(key) ?? new Set()).add(accountId))
    }
  }
  return ({ event, provider, verifiedBy }) => {
    if (verifiedBy === null) return [...(bySender.get(`${provider} ${event.senderId}`) ?? [])]
    const owner = owners.get(verifiedBy)
    return owner === undefined ? [] : [owner.accountId]
  }
}

/** Receipts that found their message, as they came. */
interface FoundReceipts {
  receipts: Verified<StatusEvent>[]
  /** To be called once they are applied. */
  forget(): Promise<void>
  /** There may be more to look at. */
  more: boolean
}

/** Looks at the receipts that wait, and takes those whose message has its provider's id by now. */
export async function takeWaiting(ctx: Context): Promise<FoundReceipts> {
  const { found, looked, forgotten } = await takeWaitingReceipts(ctx.db, receiptsMax)
  if (forgotten > 0) {
    ctx.log.info({ count: forgotten }, 'receipts waited in vain for their messages and are forgotten')
    countCallbackItems(ctx, 'status', 'forgotten', forgotten)
  }
  const now = ctx.clock.now()
  return {
    receipts: found.map(({ event, provider, verifiedBy }) => ({
      event: statusEvent.parse(event),
      provider,
      verifiedBy,
      callbackId: '',
      receivedAt: now,
    })),
    forget: () => deleteWaitingReceipts(ctx.db, found),
    more: looked === receiptsMax,
  }
}
