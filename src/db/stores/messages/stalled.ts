import type { Db } from '../../client.ts'
import type { Lane } from '../../../domain/messages/message.ts'

/** A message that the sweeper found waiting for something that did not come. */
export interface StalledMessage {
  id: string
  lane: Lane
  /** The attempt that it was in when it was found. */
  attempt: number
  /**
   * `enqueue`: due and unclaimed, to be enqueued again; `overdue`: the same for so long that the queue is not to be relied
   * on. The others need a decision. `unprepared`: a lost lease of a message whose file was not ready yet, so that it
   * cannot have left.
   */
  kind: 'enqueue' | 'overdue' | 'release' | 'expired' | 'unprepared' | 'lease-lost' | 'settled'
}

/**
 * Up to `limit` messages whose time to be looked at has come. Each is postponed before it is returned, the longer
 * the older it is, so that a long queue is not enqueued again and again, but none past its first minute.
 */
export async function sweepMessages(db: Db, limit: number): Promise<StalledMessage[]> {
  return db.query<{ id: string; lane: Lane; attempt: number; kind: StalledMessage['kind'] }>(
    'messages-sweep',
    sweepSql,
    [limit],
  )
}

const sweepSql = `
with late as (
  select id from messages where wake_at <= now() order by wake_at limit $1 for update skip locked
)
update messages m
   set wake_at = case
         when m.status = 'processing' then now() + interval '5 seconds'
         when m.due_at > now() - interval '1 minute'
           then least(now() + greatest(interval '15 seconds', now() - m.due_at), m.due_at + interval '1 minute')
         else now() + least(now() - m.due_at, interval '10 minutes') end
  from late where m.id = late.id
returning m.id, m.lane, m.attempt, case
  when m.status = 'processing' and m.unknown_at is null and m.content ? 'convert' then 'unprepared'
  when m.status = 'processing' and m.unknown_at is null then 'lease-lost'
  when m.status = 'processing' then 'settled'
  when m.expires_at <= now() then 'expired'
  when m.status = 'scheduled' then 'release'
  when m.due_at <= now() - interval '1 minute' then 'overdue'
  else 'enqueue' end as kind`
