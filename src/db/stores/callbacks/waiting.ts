import type { Db } from '../../client.ts'

/** A receipt that found no message: the provider's id of its message may not be committed yet. */
export interface WaitingReceipt {
  accountId: string
  externalId: string
  status: string
  provider: string
  /** The session whose secret verified it; null when the operator's own did. */
  verifiedBy: string | null
  event: unknown
}

/** How long a receipt waits, and how many of one account do. Beyond it the oldest are forgotten. */
const waitDays = 7
const perAccountMax = 10_000

/** Keeps receipts until their messages are there. The same receipt again is the same row. */
export async function insertWaitingReceipts(db: Db, receipts: WaitingReceipt[]): Promise<void> {
  await db.query(
    'waiting-receipts-insert',
    `insert into waiting_receipts (account_id, external_id, status, provider, verified_by, event, wake_at)
     select "accountId", "externalId", "status", "provider", "verifiedBy", "event",
            now() + interval '200 milliseconds'
       from json_to_recordset($1::json) as x("accountId" uuid, "externalId" text, "status" text, "provider" text,
            "verifiedBy" uuid, "event" jsonb)
      order by 1, 2, 3
     on conflict (account_id, external_id, status) do nothing`,
    [JSON.stringify(receipts)],
  )
}

/**
 * Looks at receipts whose time has come: returns those whose message is there, and forgets those that waited too
 * long. The others are looked at again, the later the longer they have waited, so no two sweeps take the same one.
 */
export async function takeWaitingReceipts(
  db: Db,
  limit: number,
): Promise<{ found: WaitingReceipt[]; looked: number; forgotten: number }> {
  const [row] = await db.query<{ found: WaitingReceipt[]; looked: number; forgotten: number }>(
    'waiting-receipts-take',
    takeSql,
    [limit, waitDays],
  )
  return row ?? { found: [], looked: 0, forgotten: 0 }
}

const takeSql = `
with due as materialized (
  select account_id, external_id, status, created_at from waiting_receipts where wake_at <= now()
   order by wake_at limit $1 for update skip locked
), forgotten as (
  delete from waiting_receipts w using due d
   where w.account_id = d.account_id and w.external_id = d.external_id and w.status = d.status
     and d.created_at < now() - $2 * interval '1 day'
  returning w.external_id
), postponed as (
  update waiting_receipts w
     set wake_at = now() + least(interval '1 hour', greatest(interval '400 milliseconds', now() - d.created_at))
    from due d
   where w.account_id = d.account_id and w.external_id = d.external_id and w.status = d.status
     and d.created_at >= now() - $2 * interval '1 day'
  returning w.account_id, w.external_id, w.status, w.provider, w.verified_by, w.event
)
select coalesce((select json_agg(json_build_object('accountId', p.account_id, 'externalId', p.external_id,
         'status', p.status, 'provider', p.provider, 'verifiedBy', p.verified_by, 'event', p.event))
         from postponed p
        where exists (select from messages m where m.external_id = p.external_id and m.direction = 'outbound')),
       '[]') as found,
       (select count(*)::int from due) as looked, (select count(*)::int from forgotten) as forgotten`

/** Forgets receipts that found their message. */
export async function deleteWaitingReceipts(
  db: Db,
  receipts: Pick<WaitingReceipt, 'accountId' | 'externalId' | 'status'>[],
): Promise<void> {
  await db.query(
    'waiting-receipts-delete',
    `delete from waiting_receipts w
      using (select * from unnest($1::uuid[], $2::text[], $3::text[]) as n(account_id, external_id, status)) n
      where w.account_id = n.account_id and w.external_id = n.external_id and w.status = n.status`,
    [
      receipts.map(({ accountId }) => accountId),
      receipts.map(({ externalId }) => externalId),
      receipts.map(({ status }) => status),
    ],
  )
}

/** Forgets the oldest receipts of accounts for which too many wait. Returns how many. */
export async function trimWaitingReceipts(db: Db): Promise<number> {
  const rows = await db.query<{ id: string }>(
    'waiting-receipts-trim',
    `with crowded as materialized (
       select account_id from waiting_receipts group by account_id having count(*) > $1
     )
     delete from waiting_receipts w using crowded c
      where w.account_id = c.account_id and w.created_at < (
        select x.created_at from waiting_receipts x where x.account_id = c.account_id
         order by x.created_at desc offset $1 limit 1)
     returning w.external_id as id`,
    [perAccountMax],
  )
  return rows.length
}
