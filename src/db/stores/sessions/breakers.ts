import type { ActiveSession, SessionReason } from '../../../domain/sessions/session.ts'
import { storableText } from '../../../kit/storable.ts'
import type { Db } from '../../client.ts'
import { sessionColumns, toSession, type SessionRow } from './row.ts'

/** A statement on a breaker changes active sessions only; null when it changed none. */
function activeOf(row: SessionRow | undefined): ActiveSession | null {
  const session = row === undefined ? null : toSession(row)
  return session?.state === 'active' ? session : null
}

/** Opens the breaker of a session that goes, for `waitMs` by the database's clock; null when it is not closed. */
export async function openBreaker(
  db: Db,
  { id, waitMs, code, detail }: { id: string; waitMs: number } & SessionReason,
): Promise<ActiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'breaker-open',
    `update sessions set breaker_until = now() + $2 * interval '1 millisecond', breaker_trips = 1,
            breaker_code = $3, breaker_detail = $4, breaker_probe = null, breaker_probe_until = null,
            last_error_code = $3, last_error_detail = $4, last_error_at = now(), updated_at = now()
      where id = $1 and state = 'active' and breaker_until is null returning ${sessionColumns}`,
    [id, waitMs, code, storableText(detail)],
  )
  return activeOf(row)
}

/**
 * Claims the right to probe a half-open breaker for `leaseMs`, as `probe`. The trips so far; null when it is not
 * half open, or another process probes.
 */
export async function claimProbe(
  db: Db,
  { id, probe, leaseMs }: { id: string; probe: string; leaseMs: number },
): Promise<{ trips: number } | null> {
  const [row] = await db.query<{ trips: number }>(
    'breaker-claim',
    `update sessions set breaker_probe = $2, breaker_probe_until = now() + $3 * interval '1 millisecond'
      where id = $1 and state = 'active' and breaker_until <= now()
        and (breaker_probe_until is null or breaker_probe_until <= now())
      returning breaker_trips as trips`,
    [id, probe, leaseMs],
  )
  return row ?? null
}

/** Gives the right to probe back unused. */
export async function releaseProbe(db: Db, { id, probe }: { id: string; probe: string }): Promise<void> {
  await db.query(
    'breaker-release',
    `update sessions set breaker_probe = null, breaker_probe_until = null where id = $1 and breaker_probe = $2`,
    [id, probe],
  )
}

/** Closes a breaker whose probe went well; null when the right to probe has passed to another process. */
export async function closeBreaker(
  db: Db,
  { id, probe }: { id: string; probe: string },
): Promise<ActiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'breaker-close',
    `update sessions set breaker_until = null, breaker_trips = 0, breaker_code = null, breaker_detail = null,
            breaker_probe = null, breaker_probe_until = null, updated_at = now()
      where id = $1 and breaker_probe = $2 and breaker_until is not null returning ${sessionColumns}`,
    [id, probe],
  )
  return activeOf(row)
}

/** Opens a breaker again whose probe failed; null when the right to probe has passed to another process. */
export async function reopenBreaker(
  db: Db,
  { id, probe, waitMs, code, detail }: { id: string; probe: string; waitMs: number } & SessionReason,
): Promise<ActiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'breaker-reopen',
    `update sessions set breaker_until = now() + $3 * interval '1 millisecond', breaker_trips = breaker_trips + 1,
            breaker_code = $4, breaker_detail = $5, breaker_probe = null, breaker_probe_until = null,
            last_error_code = $4, last_error_detail = $5, last_error_at = now(), updated_at = now()
      where id = $1 and breaker_probe = $2 and breaker_until is not null returning ${sessionColumns}`,
    [id, probe, waitMs, code, storableText(detail)],
  )
  return activeOf(row)
}

/**
 * Lets a breaker that is not closed be probed at once, as if it had opened for the first time; a probe under way
 * counts no more. Null when it is closed.
 */
export async function endBreakerPause(db: Db, id: string): Promise<ActiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'breaker-end-pause',
    `update sessions set breaker_until = least(breaker_until, now()), breaker_trips = 0, breaker_probe = null,
            breaker_probe_until = null, updated_at = now()
      where id = $1 and breaker_until is not null returning ${sessionColumns}`,
    [id],
  )
  return activeOf(row)
}

/** Keeps the last refusal that was about the sender, for its owner to read. */
export async function recordSessionError(
  db: Db,
  { id, code, detail, at }: { id: string; at: Date } & SessionReason,
): Promise<void> {
  await db.query(
    'session-error',
    `update sessions set last_error_code = $2, last_error_detail = $3, last_error_at = $4 where id = $1`,
    [id, code, storableText(detail), at],
  )
}
