import type { Db } from '../../client.ts'

/** A callback that says something to a sender which no session has verified yet. */
export interface HeldCallback {
  callbackId: string
  provider: string
  senderId: string
}

/** How long a callback is held, and how many for one sender. Beyond it the oldest are forgotten. */
const heldDays = 7
const perSenderMax = 1_000

/**
 * Has held callbacks applied again whose sender a session has verified meanwhile: the statement that verifies a session
 * does the same, but may have run while the callback was being applied.
 */
export async function releaseHeldCallbacks(db: Db): Promise<number> {
  const rows = await db.query<{ id: string }>(
    'held-callbacks-release',
    `update callbacks c set state = 'pending', attempts = 0, wake_at = now()
       from held_callbacks h
      where c.id = h.callback_id and c.wake_at is null and exists (
        select from sessions s where s.sender_id = h.sender_id and s.provider = h.provider
           and s.verified_at is not null and s.state <> 'removed')
     returning c.id`,
    [],
  )
  return rows.length
}

/** Forgets callbacks that were held for too long, or of which there are too many. Returns how many. */
export async function trimHeldCallbacks(db: Db): Promise<number> {
  const rows = await db.query<{ id: string }>(
    'held-callbacks-trim',
    `with old as (
       delete from held_callbacks where created_at < now() - $1 * interval '1 day' returning callback_id
     ), crowded as materialized (
       select sender_id from held_callbacks group by sender_id having count(*) > $2
     ), beyond as (
       delete from held_callbacks h using crowded c
        where h.sender_id = c.sender_id and h.created_at < (
          select x.created_at from held_callbacks x where x.sender_id = c.sender_id
           order by x.created_at desc offset $2 limit 1)
       returning h.callback_id
     )
     select callback_id as id from old union all select callback_id from beyond`,
    [heldDays, perSenderMax],
  )
  return rows.length
}
