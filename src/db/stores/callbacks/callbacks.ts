import type { Db } from '../../client.ts'
import type { HeldCallback } from './held.ts'

/** A provider's callback as its bytes came. */
export interface ArchivedCallback {
  id: string
  provider: string
  /** The session whose secret verified it, or that scheduled it; null when the operator's own secret verified it. */
  sessionId: string | null
  body: Buffer
  receivedAt: Date
  /** Not to be applied before, unless the sweeper is asked sooner. */
  dueAt: Date
}

/** Keeps callbacks before anything is made of them. */
export async function insertCallbacks(db: Db, callbacks: ArchivedCallback[]): Promise<void> {
  await db.query(
    'callbacks-insert',
    `insert into callbacks (id, provider, session_id, body, received_at, wake_at)
     select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::timestamptz[], $6::timestamptz[])
     on conflict (id) do nothing`,
    [
      callbacks.map((callback) => callback.id),
      callbacks.map((callback) => callback.provider),
      callbacks.map((callback) => callback.sessionId),
      callbacks.map((callback) => callback.body),
      callbacks.map((callback) => callback.receivedAt),
      callbacks.map((callback) => callback.dueAt),
    ],
  )
}

/** Marks callbacks as applied; those that are `held` are kept for their senders as well, the others no longer. */
export async function markApplied(db: Db, ids: string[], held: readonly HeldCallback[]): Promise<void> {
  await db.query(
    'callbacks-applied',
    `with held as (
       insert into held_callbacks (callback_id, provider, sender_id)
       select * from unnest($2::uuid[], $3::text[], $4::text[])
       on conflict (callback_id, sender_id) do nothing
     ), done as (
       delete from held_callbacks where callback_id = any($1::uuid[]) and not callback_id = any($2::uuid[])
     )
     update callbacks set state = 'applied', applied_at = now(), wake_at = null, error = null
      where id = any($1::uuid[])`,
    [
      ids,
      held.map(({ callbackId }) => callbackId),
      held.map(({ provider }) => provider),
      held.map(({ senderId }) => senderId),
    ],
  )
}

/** After this many failures a callback is kept as `failed`, for `reprocess`. */
const attemptsMax = 8

/** Keeps callbacks that could not be applied for another try, later and later. */
export async function markUnapplied(db: Db, ids: string[], error: string): Promise<void> {
  await db.query(
    'callbacks-unapplied',
    `update callbacks set attempts = attempts + 1, error = $2,
            state = case when attempts + 1 >= $3 then 'failed' else 'pending' end,
            wake_at = case when attempts + 1 >= $3 then null
                           else now() + (2 ^ attempts) * interval '2 seconds' end
      where id = any($1::uuid[])`,
    [ids, error, attemptsMax],
  )
}

interface CallbackRow {
  id: string
  provider: string
  session_id: string | null
  body: Buffer
  received_at: Date
  wake_at: Date
}

/** Callbacks that are due and were not applied; each is postponed, so that no two sweeps take the same one. */
export async function claimDueCallbacks(db: Db, limit: number): Promise<ArchivedCallback[]> {
  const rows = await db.query<CallbackRow>(
    'callbacks-take-due',
    `with due as (select id from callbacks where wake_at <= now() order by wake_at limit $1 for update skip locked)
     update callbacks c set wake_at = now() + interval '30 seconds' from due where c.id = due.id
     returning c.id, c.provider, c.session_id, c.body, c.received_at, c.wake_at`,
    [limit],
  )
  return rows.map(toCallback)
}

/** Callbacks of these providers that were archived and not applied yet, also those that another process is about to apply. */
export async function readUnappliedCallbacks(
  db: Db,
  providers: string[],
  limit: number,
): Promise<ArchivedCallback[]> {
  const rows = await db.query<CallbackRow>(
    'callbacks-unapplied-read',
    `select id, provider, session_id, body, received_at, wake_at from callbacks
      where wake_at is not null and attempts = 0 and provider = any($1) order by wake_at limit $2`,
    [providers, limit],
  )
  return rows.map(toCallback)
}

function toCallback(row: CallbackRow): ArchivedCallback {
  return {
    id: row.id,
    provider: row.provider,
    sessionId: row.session_id,
    body: row.body,
    receivedAt: row.received_at,
    dueAt: row.wake_at,
  }
}

/** Which archived callbacks an operator wants: those of `ids`, or by state and time. */
export interface CallbackFilter {
  ids: string[] | null
  failedOnly: boolean
  /** The earliest id. */
  from: string
}

/** An archived callback as the operator sees it. */
export interface CallbackRecord extends ArchivedCallback {
  state: 'pending' | 'applied' | 'failed'
  attempts: number
  error: string | null
}

/** A page of archived callbacks, the oldest first; `after` is the last id of the page before. */
export async function findCallbacks(
  db: Db,
  filter: CallbackFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<CallbackRecord[]> {
  const rows = await db.query<
    CallbackRow & { state: CallbackRecord['state']; attempts: number; error: string | null }
  >(
    '',
    `select id, provider, session_id, body, received_at, coalesce(wake_at, received_at) as wake_at, state, attempts,
            error
       from callbacks
      where id >= $1 and ($2::uuid is null or id > $2) and ($3::uuid[] is null or id = any($3))
        ${filter.failedOnly ? `and state = 'failed'` : ''}
      order by id limit $4`,
    [filter.from, after, filter.ids, limit],
  )
  return rows.map((row) => ({
    ...toCallback(row),
    state: row.state,
    attempts: row.attempts,
    error: row.error,
  }))
}

/** Which of these callbacks are applied. */
export async function countApplied(db: Db, ids: string[]): Promise<number> {
  const rows = await db.query<{ id: string }>(
    '',
    `select id from callbacks where id = any($1::uuid[]) and state = 'applied'`,
    [ids],
  )
  return rows.length
}
