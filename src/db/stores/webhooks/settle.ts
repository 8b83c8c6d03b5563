import type { Db } from '../../client.ts'
import type { NewWebhookEvent } from './outbox.ts'
import { settleSql } from './settle-sql.ts'

/** The outcome of an attempt to deliver, as it is written. */
export interface DeliveryOutcome {
  id: string
  accountId: string
  endpointId: string
  /** The attempt that was claimed; its number shows whether the lease still holds. */
  attempt: number
  manual: boolean
  /** `delivered`, `failed` and `canceled` end it. */
  status: 'delivered' | 'pending' | 'failed' | 'canceled'
  /** When there will be another attempt. */
  dueInMs: number | null
  /** How long after that the sweeper looks for it, if no job claimed it. */
  graceMs: number
  /** The record of the attempt; null when none was made, which does not count then. */
  made: AttemptRecord | null
  /** Why no attempt was made. */
  lastError: string | null
}

/** One attempt, for the log. */
export interface AttemptRecord {
  id: string
  /** Of the schedule; 0 for one by hand. */
  attempt: number
  url: string
  /** The HTTP status; 0: no answer. */
  status: number
  error: string | null
  latencyMs: number
  remoteAddress: string | null
  responseHeaders: Record<string, string | string[]> | null
  responseBody: string | null
  at: Date
}

/** An update of an endpoint's health by one process. */
export interface EndpointUpdate {
  id: string
  /** It took a delivery. */
  success: boolean
  /** The kind of the last error, when it refused one. */
  error: string | null
  /** It fails so much that its breaker has to open. */
  trip: boolean
  /** The one attempt that was let through its open breaker. */
  probe: boolean
  /** It asked to be left alone for so long. */
  holdMs: number | null
  /** It said that it is gone for good. */
  gone: boolean
  /** One of its deliveries failed after the last attempt. */
  exhausted: boolean
}

/** The event about a delivery, published if this settlement is the one that counts. */
export type DeliveryEvent = NewWebhookEvent & { deliveryId: string }

/** The breaker of an endpoint that was updated. */
export interface EndpointChange {
  id: string
  /** Until when its breaker holds deliveries back. */
  breakerUntil: Date | null
}

/** Rules of breakers and of giving an endpoint up. */
export interface EndpointRules {
  /** How long a breaker stays open at first; twice as long each further time. */
  openMs: number
  openMsMax: number
  /** An endpoint is disabled when nothing succeeded for so long and it was still tried. */
  disableAfterMs: number
}

export interface Settled {
  /** Deliveries that must be enqueued: they waited for one of these to be over, or are about them. */
  due: string[]
  endpoints: EndpointChange[]
}

/**
 * Records outcomes, their attempts, and updates of endpoints, and publishes the events about them, in one statement. An
 * outcome whose attempt is not the present one has lost its lease and changes nothing but the log.
 */
export async function settleDeliveries(
  db: Db,
  {
    outcomes,
    endpointUpdates,
    deliveryEvents,
    rules,
  }: {
    outcomes: DeliveryOutcome[]
    endpointUpdates: EndpointUpdate[]
    deliveryEvents: DeliveryEvent[]
    rules: EndpointRules
  },
): Promise<Settled> {
  const made = outcomes.flatMap(({ made: attempt, ...outcome }) =>
    attempt === null
      ? []
      : [
          {
            ...attempt,
            deliveryId: outcome.id,
            accountId: outcome.accountId,
            endpointId: outcome.endpointId,
            trigger: outcome.manual ? 'manual' : 'schedule',
            dueInMs: outcome.dueInMs,
          },
        ],
  )
  const [row] = await db.query<SettledRow>('deliveries-settle', settleSql, [
    JSON.stringify(outcomes.map(toOutcomeRow)),
    JSON.stringify(made),
    JSON.stringify(endpointUpdates),
    rules.openMs,
    rules.openMsMax,
    rules.disableAfterMs,
    JSON.stringify(deliveryEvents),
  ])
  return {
    due: [...(row?.next ?? []), ...(row?.outbox ?? [])],
    endpoints: (row?.endpoints ?? []).map(({ id, breakerUntil }) => ({
      id,
      breakerUntil: breakerUntil === null ? null : new Date(breakerUntil),
    })),
  }
}

interface SettledRow {
  next: string[] | null
  outbox: string[] | null
  endpoints: { id: string; breakerUntil: string | null }[] | null
}

function toOutcomeRow({ id, attempt, status, dueInMs, graceMs, made, lastError }: DeliveryOutcome): object {
  return {
    id,
    attempt,
    status,
    dueInMs,
    graceMs,
    unused: made === null && status === 'pending',
    lastStatus: made === null ? null : made.status,
    lastError: made === null ? lastError : made.error,
  }
}

/** Endpoints whose breaker has been open for its time. Each is postponed for `probeMs`: its one probe takes so long. */
export async function claimBreakersToProbe(
  db: Db,
  { limit, probeMs }: { limit: number; probeMs: number },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'endpoint-breakers-probe',
    `update webhook_endpoints set breaker_until = now() + $2 * interval '1 millisecond'
      where id in (select id from webhook_endpoints where breaker_until <= now()
                    order by breaker_until limit $1 for update skip locked)
     returning id`,
    [limit, probeMs],
  )
  return rows.map((row) => row.id)
}

/** Closes a breaker that nothing waits behind. */
export async function closeBreaker(db: Db, endpointId: string): Promise<void> {
  await db.query(
    'endpoint-breaker-close',
    'update webhook_endpoints set breaker_until = null where id = $1',
    [endpointId],
  )
}
