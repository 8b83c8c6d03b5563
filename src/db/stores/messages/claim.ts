import type { MessageContent } from '../../../domain/messages/content.ts'
import { prolongsLife, waitingReasonFrom, type WaitingReason } from '../../../domain/devices/waiting.ts'
import type { ClaimedMessage } from '../../../domain/messages/message.ts'
import type { Db } from '../../client.ts'
import { countedAs } from './counted-sql.ts'
import { stateColumnsOf, toState, type StateRow } from './states.ts'

/** A pending message as a worker looks at it before it claims. */
export interface PeekedMessage {
  id: string
  sessionId: string
  address: string
  /**
   * Messages of one chain go in order: same sender, same recipient, by whichever of their addresses (and same lane: that
   * of the job).
   */
  chain: string
  expired: boolean
  /** Since it was accepted. */
  ageMs: number
  /**
   * Not null: an earlier message of its chain, outside this job, has not been handed over yet, and is itself not
   * due for so many milliseconds.
   */
  blockedMs: number | null
  /** Why that one waits, where it is to be shown. */
  blockedFor: WaitingReason | null
}

interface PeekRow {
  id: string
  session_id: string
  address: string
  person: string
  expired: boolean
  age_ms: number
  blocked_ms: number | null
  blocked_for: string | null
}

/**
 * Which of these messages are due and unclaimed (200 ms of slack for clocks that differ), in the order of
 * acceptance, and which of them must wait for an earlier one of their chain.
 */
export async function peekMessages(db: Db, ids: string[]): Promise<PeekedMessage[]> {
  const rows = await db.query<PeekRow>('messages-peek', peekSql, [ids])
  return rows.map((row) => ({
    id: row.id,
    sessionId: row.session_id,
    address: row.address,
    chain: `${row.session_id} ${row.person}`,
    expired: row.expired,
    ageMs: row.age_ms,
    blockedMs: row.blocked_ms,
    blockedFor: waitingReasonFrom(row.blocked_for),
  }))
}

// A person may be written to by several addresses. Where none but one is known, which is nearly always, the one is it.
const peekSql = `
with ready as materialized (
  select m.id, m.account_id, m.session_id, m.address, coalesce(a.canonical, m.address) as person, m.lane, m.seq, m.expires_at,
         m.created_at
    from messages m left join contact_aliases a on a.account_id = m.account_id and a.address = m.address
   where m.id = any($1::uuid[]) and m.status in ('queued', 'retrying')
     and m.due_at <= now() + interval '200 milliseconds'
), chains as (
  select account_id, session_id, person, lane, max(seq) as last, count(*) as size from ready group by 1, 2, 3, 4
), addresses as (
  select c.*, c.person as address from chains c
  union all
  select c.*, b.address from chains c
    join contact_aliases b on b.account_id = c.account_id and b.canonical = c.person
), barriers as materialized (
  select distinct on (session_id, person, lane) c.session_id, c.person, c.lane, b.seq, b.due_at, b.waits_for
    from addresses c cross join lateral (
      select p.seq, p.due_at, p.waits_for from (
        select p.id, p.seq, p.due_at, coalesce(p.waiting_for, p.error_code) as waits_for from messages p
         where p.session_id = c.session_id and p.address = c.address and p.lane = c.lane
           and p.status in ('queued', 'processing', 'retrying') and p.seq < c.last
         order by p.seq limit c.size) p
       where not exists (select from ready q where q.id = p.id)
       order by p.seq limit 1) b
   order by session_id, person, lane, b.seq
)
select r.id, r.session_id, r.address, r.person, r.expires_at is not null and r.expires_at <= now() as expired,
       extract(epoch from now() - r.created_at)::float8 * 1000 as age_ms,
       case when b.seq < r.seq
            then greatest(0, extract(epoch from b.due_at - now())::float8 * 1000) end as blocked_ms,
       case when b.seq < r.seq and b.due_at > now() then b.waits_for end as blocked_for
  from ready r left join barriers b using (session_id, person, lane)
 order by r.seq`

/** A message to put off, by so many milliseconds from now, and why, where that is to be shown. */
export interface Postponement {
  id: string
  untilMs: number
  waitingFor: WaitingReason | null
}

/**
 * Puts waiting messages off until a later time, by the database's clock, without using an attempt: not beyond the end
 * of their life, so that they expire in time, unless the wait prolongs it.
 */
export async function postponeMessages(db: Db, items: Postponement[]): Promise<void> {
  await db.query(
    'messages-postpone',
    `update messages m set rev = m.rev + 1, waiting_for = x."waitingFor",
            due_at = least(now() + ${wait}, ${endOfLife}),
            wake_at = least(now() + ${wait} + interval '10 seconds', ${endOfLife}), expires_at = ${endOfLife}
       from json_to_recordset($1::json) as x("id" uuid, "untilMs" float8, "waitingFor" text, "prolongs" boolean)
      where m.id = x."id" and m.status in ('queued', 'retrying')`,
    [JSON.stringify(items.map((item) => ({ ...item, prolongs: prolongsLife(item.waitingFor) })))],
  )
}

const wait = `x."untilMs" * interval '1 millisecond'`
const endOfLife = `case when x."prolongs" and m.ttl_seconds is null then m.expires_at + ${wait} else m.expires_at end`

/**
 * Claims messages for one attempt: a lease of `leaseMs` by the database's clock. A message that is not waiting
 * any more is left out, so that a job that comes twice finds nothing.
 */
export async function claimMessages(db: Db, ids: string[], leaseMs: number): Promise<ClaimedMessage[]> {
  // Before the statement: on this process's clock the lease ends no later than on the database's.
  const askedMs = performance.now()
  const rows = await db.query<
    StateRow & { content: MessageContent; sealed: string | null; reply_to: string | null }
  >('messages-claim', claimSql, [ids, leaseMs])
  return rows.map((row) => ({
    ...toState(row),
    status: 'processing',
    leaseEndMs: askedMs + leaseMs,
    content: row.content,
    sealed: row.sealed,
    replyTo: row.reply_to,
  }))
}

const claimSql = `
with locked as materialized (
  select id, status from messages
   where id = any($1::uuid[]) and status in ('queued', 'retrying') and due_at <= now() + interval '200 milliseconds'
     and (expires_at is null or expires_at > now())
     for update skip locked
), claimed as (
  update messages m set status = 'processing', attempt = attempt + 1, rev = rev + 1, unknown_at = null,
         waiting_for = null, wake_at = now() + $2 * interval '1 millisecond'
    from locked p where m.id = p.id
  returning ${stateColumnsOf('m')}, m.content, m.sealed, m.reply_to, m.dry_run, p.status as was
), counter_changes as (
  insert into counter_deltas (account_id, hour, status, delta)
  select account_id, date_trunc('hour', created_at, 'UTC'), ${countedAs('s.status')}, sum(s.delta)
    from claimed, lateral (values (was, -1), ('processing', 1)) as s(status, delta)
   group by 1, 2, 3
)
select * from claimed`
