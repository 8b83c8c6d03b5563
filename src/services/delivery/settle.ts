import { perContext, type Context } from '../../context.ts'
import {
  settleDeliveries,
  type DeliveryEvent,
  type DeliveryOutcome,
  type EndpointUpdate,
} from '../../db/stores/webhooks/settle.ts'
import { noteTold } from '../../db/stores/otp/texts.ts'
import { laneOf, type ClaimedDelivery } from '../../domain/webhooks/delivery.ts'
import { isOperational, type NewEvent } from '../../domain/webhooks/events.ts'
import { formatNamed } from '../../domain/webhooks/formats/index.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { togetherOrEach } from '../../kit/concurrency/together-or-each.ts'
import { groupBy } from '../../kit/group.ts'
import { eventRow, enqueueDeliveries } from '../webhooks/publish.ts'
import { untilStored } from '../common/until-stored.ts'
import { healthOf } from './endpoint-health.ts'

/** The outcome of a claimed delivery, and the update of its endpoint, if there is one. */
export interface Settlement {
  delivery: ClaimedDelivery
  outcome: DeliveryOutcome
  endpointUpdate: EndpointUpdate | null
}

/** Shorter waits are delayed jobs; longer ones are left to the sweeper, so that the queue holds no timers of hours. */
export const enqueueDelayMsMax = 10_000
/** Attempts that are due within this time of one another share a job. */
const enqueueDelayStepMs = 50
/** When this attempt fails, `delivery.failing` is published: it is not a single hiccup any more. */
const failingAttempt = 4

const settlements = perContext((ctx: Context) =>
  createBatcher<Settlement, void>({
    itemsMax: 512,
    lanes: 1,
    waitingMax: Infinity,
    run: (items) => settleAll(ctx, items),
  }),
)

/** Records the outcome of a delivery, together with others, and enqueues what follows from it. */
export function settleDelivery(ctx: Context, settlement: Settlement): Promise<void> {
  return settlements(ctx).add(settlement)
}

/** Records outcomes together; one that the database refuses harms no other. */
function settleAll(ctx: Context, items: Settlement[]): Promise<PromiseSettledResult<void>[]> {
  const settle = async (some: readonly Settlement[]): Promise<void[]> => {
    await settleTogether(ctx, some)
    return some.map(() => undefined)
  }
  return togetherOrEach(items, settle, {
    onSplit: (error) => ctx.log.error({ err: error }, 'outcomes of webhooks could not be written together'),
  })
}

async function settleTogether(ctx: Context, items: readonly Settlement[]): Promise<void> {
  const { breaker, disableAfterMs } = ctx.config.webhooks
  const now = ctx.clock.now()
  const settlement = {
    outcomes: items.map(({ outcome }) => outcome),
    endpointUpdates: mergeUpdates(
      items.flatMap(({ endpointUpdate }) => (endpointUpdate === null ? [] : [endpointUpdate])),
    ),
    deliveryEvents: items.flatMap((item) => deliveryEventsOf(ctx, item, now)),
    rules: { ...breaker, disableAfterMs },
  }
  const { due, endpoints } = await untilStored(ctx, () => settleDeliveries(ctx.db, settlement))
  for (const { id, breakerUntil } of endpoints) {
    healthOf(ctx, id).isOpen = breakerUntil !== null && breakerUntil > ctx.clock.now()
  }
  noteToldSoon(ctx, items)
  enqueueDeliveries(ctx, due)
  enqueueRetries(ctx, items)
}

/** Notes which messages were told, for formats whose senders are to know. */
function noteToldSoon(ctx: Context, items: readonly Settlement[]): void {
  const told = items.flatMap(({ delivery, outcome }) => {
    const { accountId, target } = delivery
    if (outcome.status !== 'delivered' || target === null) return []
    const messageId = formatNamed(target.format).messageOf?.(delivery) ?? null
    return messageId === null ? [] : [{ accountId, messageId }]
  })
  if (told.length > 0) ctx.tasks.track(untilStored(ctx, () => noteTold(ctx.db, told)))
}

/** One update for each endpoint: a success among failures counts. Ordered by id, so that two processes never deadlock. */
function mergeUpdates(endpointUpdate: EndpointUpdate[]): EndpointUpdate[] {
  const merged = [...groupBy(endpointUpdate, ({ id }) => id)].map(([id, some]): EndpointUpdate => {
    const success = some.some((one) => one.success)
    return {
      id,
      success,
      error: some.findLast((one) => one.error !== null)?.error ?? null,
      trip: !success && some.some((one) => one.trip),
      probe: some.some((one) => one.probe),
      holdMs: success ? null : some.reduce((most, one) => longer(most, one.holdMs), null as number | null),
      gone: some.some((one) => one.gone),
      exhausted: some.some((one) => one.exhausted),
    }
  })
  return merged.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

function longer(one: number | null, other: number | null): number | null {
  return one === null ? other : Math.max(one, other ?? 0)
}

function enqueueRetries(ctx: Context, items: readonly Settlement[]): void {
  const due = items.flatMap(({ delivery: { id, manual, attempt }, outcome: { dueInMs } }) =>
    dueInMs === null || dueInMs === 0 || dueInMs > enqueueDelayMsMax
      ? []
      : [
          {
            id,
            lane: laneOf({ attempt: attempt + 1, manual }),
            delayMs: Math.ceil(dueInMs / enqueueDelayStepMs) * enqueueDelayStepMs,
          },
        ],
  )
  for (const together of groupBy(due, ({ lane, delayMs }) => `${lane} ${delayMs}`).values()) {
    const [first] = together
    if (first === undefined) continue
    const name = first.lane === 'early' ? 'deliver-webhooks' : 'retry-webhooks'
    const ids = together.map(({ id }) => id)
    ctx.tasks.track(ctx.queue.enqueue(name, ids, { delayMs: first.delayMs }))
  }
}

/** An event about failing deliveries that itself fails is not published any further, or it would never end. */
function deliveryEventsOf(ctx: Context, settlement: Settlement, now: Date): DeliveryEvent[] {
  const event = deliveryEventOf(settlement, now)
  return event === null ? [] : [{ ...eventRow(ctx, event), deliveryId: settlement.delivery.id }]
}

function deliveryEventOf({ delivery, outcome, endpointUpdate }: Settlement, now: Date): NewEvent | null {
  const { accountId, endpointId, target, manual, attempt } = delivery
  const { made, dueInMs } = outcome
  if (made === null || made.error === null || manual || target === null || isOperational(delivery.type)) {
    return null
  }
  const data = {
    endpointId,
    url: target.url,
    deliveryId: delivery.id,
    eventId: delivery.eventId,
    eventType: delivery.type,
    attempts: attempt,
    lastStatus: made.status,
    lastError: made.error,
  }
  if (endpointUpdate?.exhausted === true) return { accountId, type: 'delivery.exhausted', data }
  if (attempt !== failingAttempt || dueInMs === null) return null
  const nextAttemptAt = new Date(now.getTime() + dueInMs).toISOString()
  return { accountId, type: 'delivery.failing', data: { ...data, nextAttemptAt } }
}
