import type { LiveSession } from '../../../domain/sessions/session.ts'
import type { Db } from '../../client.ts'
import { sessionColumns, toLiveSession, type SessionRow } from './row.ts'

/**
 * SQL: a step after one named `verified`, which has the rows of sessions that were just verified to be their owners':
 * callbacks that were held for them are applied again by the sweeper.
 */
export const releaseHeld = `released as (
  update callbacks c set state = 'pending', attempts = 0, wake_at = now()
    from verified p join held_callbacks h on h.sender_id = p.sender_id and h.provider = p.provider
   where c.id = h.callback_id
)`

/**
 * Counts a session as verified whose provider took a message with its credentials. Null when it was verified before,
 * or has other credentials now.
 */
export async function markVerifiedBySend(
  db: Db,
  { id, credentials }: LiveSession,
): Promise<LiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-verified-by-send',
    `with verified as (
       update sessions set verified_at = now(), updated_at = now()
        where id = $1 and credentials = $2 and verified_at is null and state <> 'removed' returning *
     ), ${releaseHeld}
     select ${sessionColumns} from verified`,
    [id, credentials],
  )
  return row === undefined ? null : toLiveSession(row)
}
