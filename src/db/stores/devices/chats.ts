import type { Db } from '../../client.ts'

/** The answer to the wish to write to somebody. */
export interface ChatPermit {
  address: string
  /** `known`: they have a chat; `started`: it counts as a new chat from now on; `refused`: there is no room. */
  permit: 'known' | 'started' | 'refused'
}

/**
 * Asks to write to people, in the order given. A chat is known when the device wrote to them before, or they to it;
 * of the others, as many are started as `max` in the last 24 hours leaves room for. To be asked for one device once at
 * a time: two that ask at once would each count the same room.
 */
export function permitChats(
  db: Db,
  { sessionId, addresses, max }: { sessionId: string; addresses: readonly string[]; max: number },
): Promise<ChatPermit[]> {
  return db.query<ChatPermit>('device-chats-permit', permitSql, [sessionId, addresses, max])
}

const permitSql = `
with asked as materialized (
  select a.address, a.place,
         exists (select from device_chats c where c.session_id = $1 and c.address = a.address)
      or exists (select from contact_windows w join devices d on d.session_id = $1
                  where w.account_id = d.account_id and w.address = a.address and w.session_id = $1) as known
    from unnest($2::text[]) with ordinality as a(address, place)
), room as materialized (
  select greatest(0, $3::int - count(*))::int as slots from device_chats
   where session_id = $1 and started_at > now() - interval '24 hours'
), started as (
  insert into device_chats (session_id, address)
  select $1, a.address from asked a where not a.known order by a.place limit (select slots from room)
  on conflict (session_id, address) do update set address = excluded.address returning address
)
select a.address, case when a.known then 'known' when s.address is not null then 'started' else 'refused' end as permit
  from asked a left join started s on s.address = a.address order by a.place`

/** Takes a chat back that did not come about, so that it does not count. */
export async function forgetChat(db: Db, sessionId: string, address: string): Promise<void> {
  await db.query('device-chat-forget', `delete from device_chats where session_id = $1 and address = $2`, [
    sessionId,
    address,
  ])
}

/** How many chats were started in the last 24 hours, and when the first of them no longer counts. */
export async function readChatUse(
  db: Db,
  sessionIds: string[],
): Promise<Map<string, { used: number; nextInMs: number | null }>> {
  const rows = await db.query<{ sessionId: string; used: number; nextInMs: number | null }>(
    'device-chats-use',
    `select session_id as "sessionId", count(*)::int as used,
            extract(epoch from min(started_at) + interval '24 hours' - now())::float8 * 1000 as "nextInMs"
       from device_chats where session_id = any($1::uuid[]) and started_at > now() - interval '24 hours'
      group by session_id`,
    [sessionIds],
  )
  return new Map(rows.map(({ sessionId, used, nextInMs }) => [sessionId, { used, nextInMs }]))
}
