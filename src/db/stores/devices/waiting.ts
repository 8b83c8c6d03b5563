import type { WaitingReason } from '../../../domain/devices/waiting.ts'
import type { Lane } from '../../../domain/messages/message.ts'
import type { Db } from '../../client.ts'

/**
 * Makes messages of a device due that were put off for one of these reasons, the oldest first, and takes those along
 * that are due already when `withDue` says so. What waits for another reason keeps its time. Their ids and lanes.
 */
export function releaseWaiting(
  db: Db,
  {
    sessionId,
    reasons,
    max,
    withDue,
  }: { sessionId: string; reasons: readonly WaitingReason[]; max: number; withDue: boolean },
): Promise<{ id: string; lane: Lane }[]> {
  return db.query<{ id: string; lane: Lane }>(
    'messages-release-waiting',
    `with waiting as materialized (
       select id, seq from messages
        where session_id = $1 and status in ('queued', 'processing', 'retrying') and status = 'queued'
          and (waiting_for = any($4::text[]) or ($3 and due_at <= now()))
        order by seq limit $2 for update skip locked
     )
     update messages m set rev = m.rev + 1, due_at = least(m.due_at, now()), waiting_for = null,
            wake_at = now() + interval '10 seconds'
       from waiting w where m.id = w.id
     returning m.id, m.lane`,
    [sessionId, max, withDue, reasons],
  )
}

/** Messages of a session among those of some ids, by the id: for finding one by a part of its id. */
export async function findMessageIds(
  db: Db,
  { sessionId, ranges }: { sessionId: string; ranges: { from: string; to: string }[] },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'messages-in-ranges',
    `select m.id from json_to_recordset($2::json) as x("from" uuid, "to" uuid)
      cross join lateral (
        select id from messages where id between x."from" and x."to" and session_id = $1 limit 1000) m`,
    [sessionId, JSON.stringify(ranges)],
  )
  return rows.map(({ id }) => id)
}
