import type { Db } from '../client.ts'

/** What came of an attempt to deliver, as it is written. */
export interface DeliveryOutcome {
  id: string
  accountId: string
  endpointId: string
  /** The attempt that was claimed; its number tells whether the lease still holds. */
  attempt: number
  manual: boolean
  /** `delivered`, `failed` and `canceled` end it. */
  status: 'delivered' | 'pending' | 'failed' | 'canceled'
  /** When there will be another attempt. */
  dueInMs: number | null
  /** How long after that the sweeper looks for it, if no doorbell did. */
  graceMs: number
  /** What the attempt came to; null when none was made, which does not count then. */
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

/** What a process has to tell about an endpoint. */
export interface EndpointNews {
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
  /** One of its deliveries was given up after the last attempt. */
  exhausted: boolean
}

/** What became of an endpoint of which there was news. */
export interface EndpointChange {
  id: string
  accountId: string
  url: string
  /** Until when its breaker holds deliveries back. */
  breakerUntil: Date | null
  /** It has just been disabled, and why. */
  disabled: 'gone' | 'failing' | null
  /** It took a delivery after it had failed for so long that it was worth telling. */
  recovered: boolean
  failingSince: Date | null
  lastError: string | null
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
  /** Deliveries that waited for one of these to be over. */
  next: string[]
  endpoints: EndpointChange[]
}

/**
 * Records outcomes, their attempts, and news of endpoints, in one statement. An outcome whose attempt is not the
 * present one has lost its lease and changes nothing but the log.
 */
export async function settleDeliveries(
  db: Db,
  { outcomes, news, rules }: { outcomes: DeliveryOutcome[]; news: EndpointNews[]; rules: EndpointRules },
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
    JSON.stringify(news),
    rules.openMs,
    rules.openMsMax,
    rules.disableAfterMs,
  ])
  return { next: row?.next ?? [], endpoints: (row?.endpoints ?? []).map(toChange) }
}

interface SettledRow {
  next: string[] | null
  endpoints: ChangeRow[] | null
}

type ChangeRow = Omit<EndpointChange, 'breakerUntil' | 'failingSince'> & {
  breakerUntil: string | null
  failingSince: string | null
}

function toChange({ breakerUntil, failingSince, ...row }: ChangeRow): EndpointChange {
  return {
    ...row,
    breakerUntil: breakerUntil === null ? null : new Date(breakerUntil),
    failingSince: failingSince === null ? null : new Date(failingSince),
  }
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

// A recovery is worth telling when the breaker had opened or the trouble was long; a failure now and then is not.
const settleSql = `
with settled as (
  update webhook_deliveries d
     set status = case when d.manual and o."status" = 'failed' and d.delivered_at is not null then 'delivered'
                       else o."status" end,
         attempt = d.attempt - o."unused"::int, manual = d.manual and o."unused",
         last_status = case when o."unused" then d.last_status else o."lastStatus" end,
         last_error = case when o."unused" then d.last_error else o."lastError" end,
         due_at = case when o."dueInMs" is null then d.due_at
                       else now() + o."dueInMs" * interval '1 millisecond' end,
         wake_at = now() + (o."dueInMs" + o."graceMs") * interval '1 millisecond',
         delivered_at = case when o."status" = 'delivered' then now() else d.delivered_at end
    from json_to_recordset($1::json) as o("id" uuid, "attempt" int, "status" text, "dueInMs" float8,
           "graceMs" float8, "unused" boolean, "lastStatus" int, "lastError" text)
   where d.id = o."id" and d.attempt = o."attempt" and d.status = 'delivering'
  returning d.endpoint_id, d.order_key, d.seq, d.wake_at
), attempted as (
  insert into webhook_attempts (id, account_id, delivery_id, endpoint_id, attempt, trigger, url, status, error,
    latency_ms, remote_address, response_headers, response_body, next_attempt_at, created_at)
  select a."id", a."accountId", a."deliveryId", a."endpointId", a."attempt", a."trigger", a."url", a."status",
         a."error", a."latencyMs", a."remoteAddress", a."responseHeaders", a."responseBody",
         now() + a."dueInMs" * interval '1 millisecond', a."at"
    from json_to_recordset($2::json) as a("id" uuid, "accountId" uuid, "deliveryId" uuid, "endpointId" uuid,
           "attempt" int, "trigger" text, "url" text, "status" int, "error" text, "latencyMs" int,
           "remoteAddress" text, "responseHeaders" jsonb, "responseBody" text, "dueInMs" float8, "at" timestamptz)
  on conflict do nothing
), before as materialized (
  select w.*, n."success" as n_success, n."error" as n_error, n."holdMs" as hold_ms, n."gone" as gone,
         n."exhausted" as exhausted, n."probe" as probe,
         n."trip" or (n."probe" and not n."success" and w.breaker_trips > 0) as trip,
         n."probe" or w.breaker_until is null as may_open
    from json_to_recordset($3::json) as n("id" uuid, "success" boolean, "error" text, "trip" boolean,
           "probe" boolean, "holdMs" float8, "gone" boolean, "exhausted" boolean)
    join webhook_endpoints w on w.id = n."id"
   order by w.id
     for no key update of w
), judged as materialized (
  select b.*, case
      when not b.enabled then null
      when b.gone then 'gone'
      when not b.n_success and b.failing_since < now() - $6 * interval '1 millisecond'
       and (b.exhausted or (b.trip and b.breaker_trips >= 10)) then 'failing' end as disable
    from before b
), changed as (
  update webhook_endpoints w
     set failing_since = case when j.n_success then null else coalesce(w.failing_since, now()) end,
         last_success_at = case when j.n_success then now() else w.last_success_at end,
         last_failure_at = case when j.n_error is not null then now() else w.last_failure_at end,
         last_error = coalesce(j.n_error, w.last_error),
         breaker_trips = case when j.n_success then 0 when j.trip and j.may_open then w.breaker_trips + 1
                              else w.breaker_trips end,
         breaker_until = case
           when j.n_success or j.disable is not null then null
           when j.may_open and (j.trip or j.hold_ms is not null) then now() + interval '1 millisecond' * greatest(
             coalesce(j.hold_ms, 0),
             case when j.trip then least($5::float8, $4::float8 * power(2, least(w.breaker_trips, 20))) else 0 end)
           when j.probe then null
           else w.breaker_until end,
         enabled = w.enabled and j.disable is null,
         disabled_reason = coalesce(j.disable, w.disabled_reason),
         disabled_at = case when j.disable is null then w.disabled_at else now() end
    from judged j where w.id = j.id
  returning w.id, w.account_id, w.url, w.breaker_until, j.disable, j.failing_since, w.last_error,
    j.n_success and (j.breaker_trips > 0 or j.failing_since < now() - interval '5 minutes') as recovered
)
select
  (select array_agg(n.id) from settled s, lateral (
     select p.id from webhook_deliveries p
      where p.endpoint_id = s.endpoint_id and p.order_key = s.order_key and p.seq > s.seq
        and p.status in ('pending', 'delivering')
      order by p.seq limit 1) n
    where s.order_key is not null and s.wake_at is null) as next,
  (select json_agg(json_build_object('id', c.id, 'accountId', c.account_id, 'url', c.url,
     'breakerUntil', c.breaker_until, 'disabled', c.disable, 'recovered', coalesce(c.recovered, false),
     'failingSince', c.failing_since, 'lastError', c.last_error)) from changed c) as endpoints`

/** Endpoints whose breaker has been open for its time. Each is put off for `probeMs`: its one probe takes so long. */
export async function takeBreakersToProbe(
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
