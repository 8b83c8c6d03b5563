import { idFloor } from '../../../kit/id.ts'
import { after } from '../../../kit/clock.ts'
import type { Db } from '../../client.ts'
import { subscribes } from './outbox.ts'

/** A task that sends an endpoint again what it missed. */
export interface Recovery {
  id: string
  endpointId: string
  since: Date
  until: Date
  state: 'running' | 'done'
  /** Deliveries that were set going again so far. */
  count: number
  createdAt: Date
}

const columns = `r.id, r.endpoint_id as "endpointId", r.since, r.until, r.state, r.count, r.created_at as "createdAt"`

/**
 * Starts a recovery, and enables the endpoint when it was disabled for its failures. Returns what stands in the way,
 * if something does.
 */
export async function insertRecovery(
  db: Db,
  {
    id,
    accountId,
    endpointId,
    since,
    until,
  }: { id: string; accountId: string; endpointId: string; since: Date; until: Date },
): Promise<Recovery | 'missing' | 'disabled' | 'running'> {
  const [row] = await db.query<Partial<Recovery> & { open: boolean; busy: boolean }>(
    'recovery-insert',
    `with endpoint as materialized (
       select w.id, w.account_id, w.enabled, w.enabled or w.disabled_reason in ('gone', 'failing') as open,
              exists (select from webhook_recoveries r where r.endpoint_id = w.id and r.state = 'running') as busy
         from webhook_endpoints w where w.id = $3 and w.account_id = $2 for update of w
     ), enabled as (
       update webhook_endpoints w set enabled = true, disabled_reason = null, disabled_at = null,
              failing_since = null, breaker_until = null, breaker_trips = 0, updated_at = now()
         from endpoint h where w.id = h.id and h.open and not h.enabled and not h.busy
     ), made as (
       insert into webhook_recoveries as r (id, account_id, endpoint_id, since, until, created_at, wake_at)
       select $1, account_id, id, $4, $5, now(), now() from endpoint where open and not busy
       returning ${columns})
     select m.*, h.open, h.busy from endpoint h left join made m on true`,
    [id, accountId, endpointId, since, until],
  )
  if (row === undefined) return 'missing'
  if (isRecovery(row)) return row
  return row.open ? 'running' : 'disabled'
}

function isRecovery(row: Partial<Recovery>): row is Recovery {
  return typeof row.id === 'string'
}

/** One recovery of an account, or null. */
export async function findRecovery(db: Db, accountId: string, id: string): Promise<Recovery | null> {
  const [row] = await db.query<Recovery>(
    'recovery-find',
    `select ${columns} from webhook_recoveries r where r.id = $2 and r.account_id = $1`,
    [accountId, id],
  )
  return row ?? null
}

/** A recovery that is to go on; the process that claims it has it for `leaseMs`. */
export interface RecoveryStep {
  id: string
  endpointId: string
  accountId: string
  /** The last event that was looked at. */
  cursor: string | null
  since: Date
  until: Date
}

/** Takes the recovery that waits for the longest, or none. */
export async function claimRecovery(db: Db, leaseMs: number): Promise<RecoveryStep | null> {
  const [row] = await db.query<RecoveryStep>(
    'recovery-take',
    `update webhook_recoveries set wake_at = now() + $1 * interval '1 millisecond'
      where id = (select id from webhook_recoveries where wake_at <= now() order by wake_at limit 1
                     for update skip locked)
     returning id, endpoint_id as "endpointId", account_id as "accountId", cursor, since, until`,
    [leaseMs],
  )
  return row ?? null
}

/**
 * Looks at the next events of a recovery and starts those that its endpoint subscribes to and never took. The deliveries
 * and the place where to go on are written together, so that a crash repeats or leaves out nothing. Returns the
 * deliveries.
 */
export async function continueRecovery(
  db: Db,
  step: RecoveryStep,
  { batch, countMax }: { batch: number; countMax: number },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>('recovery-advance', continueSql, [
    step.id,
    step.accountId,
    step.endpointId,
    step.cursor ?? previousId(idFloor(step.since)),
    idFloor(after(step.until, 1)),
    batch,
    countMax,
  ])
  return rows.map((row) => row.id)
}

/** The cursor of an id that nothing has, right before the first of an instant. */
function previousId(floor: string): string {
  return floor.replace(/7000-8000-000000000000$/, '0000-0000-000000000000')
}

/** Was never delivered, and is neither under way nor about to be: one that waits for a later attempt does not wait on. */
const isMissed = `d.delivered_at is null
  and (d.status in ('failed', 'canceled') or (d.status = 'pending' and d.due_at > now()))`

// The events are held, so that retention does not take one whose delivery is being made.
const continueSql = `
with events as materialized (
  select e.id, e.account_id, e.type, e.session_id, e.order_key, e.test from webhook_events e
   where e.account_id = $2 and e.id > $4 and e.id < $5 order by e.id limit $6
     for key share
), task as materialized (
  select id, count from webhook_recoveries where id = $1 and state = 'running' for update
), missed as (
  select e.id, e.account_id, case when w.ordered then e.order_key end as order_key
    from events e join webhook_endpoints w on w.id = $3 and w.enabled, task t
   where not e.test and ${subscribes({ account: 'e.account_id', type: 'e.type', session: 'e.session_id' })}
     and not exists (
       select from webhook_deliveries d where d.event_id = e.id and d.endpoint_id = w.id
          and not (${isMissed}))
   order by e.id limit (select greatest(0, $7 - count) from task)
), remade as (
  insert into webhook_deliveries as d (id, account_id, event_id, endpoint_id, order_key, due_at, wake_at, created_at)
  select hermod_uuidv7(), account_id, id, $3, order_key, now(), now() + interval '10 seconds', now()
    from missed order by id
  on conflict (event_id, endpoint_id) do update set status = 'pending', attempt = 0, manual = false,
    due_at = excluded.due_at, wake_at = excluded.wake_at, order_key = excluded.order_key
    where ${isMissed}
  returning d.id
), progress as (
  select (select count(*) from remade)::int as remade, (select count(*) from events) < $6 as at_end
), moved as (
  update webhook_recoveries r
     set cursor = coalesce((select id from events order by id desc limit 1), r.cursor), count = r.count + p.remade,
         state = case when p.at_end or r.count + p.remade >= $7 then 'done' else 'running' end,
         wake_at = case when p.at_end or r.count + p.remade >= $7 then null else now() end
    from task t, progress p where r.id = t.id
)
select id from remade`

/** Deletes up to `limit` recoveries that are over and older than the id. */
export async function deleteOldRecoveries(db: Db, beforeId: string, limit: number): Promise<void> {
  await db.query(
    'retention-webhook-recoveries',
    `delete from webhook_recoveries where id in (
       select id from webhook_recoveries where id < $1 and state = 'done' order by id limit $2 for update skip locked)`,
    [beforeId, limit],
  )
}
