import type {
  ClaimedDelivery,
  DeliveryLane,
  DeliveryTarget,
  HeldDelivery,
  HoldReason,
} from '../../../domain/webhooks/delivery.ts'
import { oldSecrets } from '../../../domain/webhooks/endpoint.ts'
import type { Db } from '../../client.ts'

/** The deliveries that were claimed, and those that are due and were not. */
export interface Claims {
  claimed: ClaimedDelivery[]
  held: HeldDelivery[]
}

/** Endpoints that are to get no more for now, by the lane that is full. */
export type BusyEndpoints = Record<DeliveryLane, string[]>

/** Claims those of these deliveries that are due and not held back, with a lease by the database's clock. */
export async function claimDeliveries(
  db: Db,
  { ids, leaseMs, busy }: { ids: string[]; leaseMs: number; busy: BusyEndpoints },
): Promise<Claims> {
  return toClaims(
    await db.query<ClaimRow>('deliveries-claim', claimSql, [leaseMs, ids, busy.early, busy.late]),
  )
}

/**
 * Claims up to `limit` deliveries that wait for one endpoint, the longest due first, past those that wait for an
 * earlier one. A `probe` is let through an open breaker. Its pace is the caller's affair.
 */
export async function pullDeliveries(
  db: Db,
  {
    endpointId,
    lane,
    limit,
    leaseMs,
    probe,
  }: { endpointId: string; lane: DeliveryLane; limit: number; leaseMs: number; probe: boolean },
): Promise<Claims> {
  return toClaims(
    await db.query<ClaimRow>('deliveries-pull', pullSql, [
      leaseMs,
      endpointId,
      lane === 'late',
      limit,
      probe,
    ]),
  )
}

/**
 * Claims up to `limit` deliveries that waited longer than they should have: their job was lost, or the process that had
 * them vanished. Those that are not claimed are postponed, the longer the older they are.
 */
export async function claimOverdue(
  db: Db,
  { limit, leaseMs, busy }: { limit: number; leaseMs: number; busy: BusyEndpoints },
): Promise<Claims> {
  return toClaims(
    await db.query<ClaimRow>('deliveries-sweep', sweepSql, [leaseMs, limit, busy.early, busy.late]),
  )
}

interface ClaimRow {
  id: string
  account_id: string | null
  event_id: string | null
  endpoint_id: string
  attempt: number
  manual: boolean
  is_late: boolean
  type: string | null
  payload: string | null
  test: boolean | null
  created_at: Date | null
  hold: HoldReason | null
  rate_per_second: number | null
  target: TargetRow | null
}

/** Told once an endpoint: the other rows of the same one have null. */
interface TargetRow {
  url: string
  secret: string
  oldSecrets: unknown
  headers: string | null
  format: string
  formatEvents: string[]
  enabled: boolean
  ratePerSecond: number | null
  isFailing: boolean
  isBreakerOpen: boolean
}

function toClaims(rows: ClaimRow[]): Claims {
  const claims: Claims = { claimed: [], held: [] }
  const targets = new Map<string, ClaimedDelivery['target']>()
  for (const { endpoint_id: id, account_id: accountId, target } of rows) {
    if (target === null || accountId === null) continue
    targets.set(id, toTarget(accountId, target))
  }
  for (const row of rows) {
    const { id, endpoint_id: endpointId, attempt, manual, hold } = row
    if (hold !== null) {
      const lane = row.is_late ? 'late' : 'early'
      claims.held.push({ id, endpointId, lane, hold, ratePerSecond: row.rate_per_second })
      continue
    }
    claims.claimed.push({
      id,
      accountId: row.account_id ?? '',
      eventId: row.event_id ?? '',
      endpointId,
      attempt,
      manual,
      type: row.type ?? '',
      payload: row.payload ?? '',
      test: row.test ?? false,
      createdAt: row.created_at ?? new Date(0),
      target: targets.get(endpointId) ?? null,
    })
  }
  return claims
}

function toTarget(accountId: string, row: TargetRow): DeliveryTarget {
  return { ...row, accountId, oldSecrets: oldSecrets.parse(row.oldSecrets) }
}

const target = `json_build_object('url', w.url, 'secret', w.secret, 'oldSecrets', w.old_secrets, 'headers', w.headers,
  'format', w.format, 'formatEvents', w.format_events, 'enabled', w.enabled, 'ratePerSecond', w.rate_per_second,
  'isFailing', w.failing_since is not null, 'isBreakerOpen', w.breaker_until is not null)`

/** Of one endpoint so many are claimed at once; the rest is pulled when there is room. */
const perEndpointMax = 256

/** A delivery waits for those before it with the same order key, until they are over. */
const isBlocked = `f.order_key is not null and exists (
  select from webhook_deliveries p
   where p.endpoint_id = f.endpoint_id and p.order_key = f.order_key and p.seq < f.seq and not p.manual
     and p.status in ('pending', 'delivering'))`

const columns = `id, endpoint_id, order_key, seq, manual, attempt, attempt >= 2 and not manual as is_late`
const isDue = `(status = 'pending' or (status = 'delivering' and wake_at <= now()))`

/**
 * One statement for all ways to claim: `found` selects and locks, `holds` are the reasons to hold back, `after` is
 * what is done with those that are held.
 */
function statement({ found, holds, after = '' }: { found: string; holds: string; after?: string }): string {
  return `
with found as materialized (${found}
), decisions as materialized (
  select f.id, f.endpoint_id, f.attempt, f.manual, f.is_late, w.rate_per_second,
         case when f.manual or w.id is null or not w.enabled then null ${holds}
              when ${isBlocked} then 'blocked' end as hold
    from (select *, row_number() over (partition by endpoint_id, is_late order by seq) as position from found) f
    left join webhook_endpoints w on w.id = f.endpoint_id
), claimed as (
  update webhook_deliveries d set status = 'delivering', attempt = d.attempt + 1,
         wake_at = now() + $1 * interval '1 millisecond'
    from decisions j where d.id = j.id and j.hold is null
  returning d.id, d.account_id, d.event_id, d.endpoint_id, d.attempt, d.manual, j.is_late
)${after}
select c.*, e.type, e.payload, e.test, e.created_at, null as hold, null::int as rate_per_second,
       case when w.id is not null and row_number() over (partition by c.endpoint_id) = 1 then ${target} end as target
  from claimed c join webhook_events e on e.id = c.event_id
  left join webhook_endpoints w on w.id = c.endpoint_id
union all
select id, null, null, endpoint_id, attempt, manual, is_late, null, null, null, null, hold, rate_per_second, null
  from decisions where hold is not null`
}

const holds = `
              when w.breaker_until is not null then 'open'
              when f.endpoint_id = any(case when f.is_late then $4 else $3 end::uuid[]) then 'busy'
              when f.position > ${perEndpointMax} then 'busy'
              when w.rate_per_second is not null then 'limited'`

const claimSql = statement({
  found: `
  select ${columns} from webhook_deliveries
   where id = any($2::uuid[]) and due_at <= now() and ${isDue}
     for update skip locked`,
  holds,
})

const sweepSql = statement({
  found: `
  select ${columns} from webhook_deliveries
   where wake_at <= now() order by wake_at limit $2 for update skip locked`,
  holds,
  after: `, postponed as (
  update webhook_deliveries d set status = 'pending',
         wake_at = now() + greatest(interval '15 seconds', least(now() - d.due_at, interval '10 minutes'))
    from decisions j where d.id = j.id and j.hold is not null
)`,
})

const pullSql = statement({
  found: `
  select ${columns} from webhook_deliveries f
   where endpoint_id = $2 and (attempt >= 2) = $3 and status = 'pending' and due_at <= now()
     and (manual or not (${isBlocked}))
   order by due_at limit $4 for update skip locked`,
  holds: `
              when w.breaker_until is not null and not $5 then 'open'`,
})

/** An endpoint as a delivery needs it, or null. */
export async function findTarget(db: Db, endpointId: string): Promise<ClaimedDelivery['target']> {
  const [row] = await db.query<{ accountId: string; target: TargetRow }>(
    'delivery-target',
    `select w.account_id as "accountId", ${target} as target from webhook_endpoints w where w.id = $1`,
    [endpointId],
  )
  return row === undefined ? null : toTarget(row.accountId, row.target)
}
