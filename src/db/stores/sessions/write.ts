import { Prisma } from '../../generated/client.ts'
import type {
  LiveSession,
  RemovedSession,
  Session,
  StoppedSession,
} from '../../../domain/sessions/session.ts'
import { storableText } from '../../../kit/storable.ts'
import type { Db, Tx } from '../../client.ts'
import { releaseHeld } from './verification.ts'
import { sessionColumns, toLiveSession, toSession, type SessionRow } from './row.ts'

/**
 * Runs `act` in a transaction that nobody else who changes sessions of this account is in, so that what it finds
 * (how many there are, which names and numbers are taken, which is the default) still holds when it writes.
 */
export function changeSessions<T>(db: Db, accountId: string, act: (tx: Tx) => Promise<T>): Promise<T> {
  return db.lockedPrisma(`sessions ${accountId}`, act)
}

/** The account's live sessions. */
export async function liveSessions(tx: Tx, accountId: string): Promise<LiveSession[]> {
  const rows = await tx.session.findMany({ where: { accountId, state: { not: 'removed' } } })
  return rows.map(toLiveSession)
}

/** The account's session of that name that was removed last, or null. */
export async function findRemovedSession(tx: Tx, accountId: string, name: string): Promise<Session | null> {
  const row = await tx.session.findFirst({
    where: { accountId, name, state: 'removed' },
    orderBy: { updatedAt: 'desc' },
  })
  return row === null ? null : toSession(row)
}

/** Takes the default away from whichever session of the account has it. */
export async function clearDefault(tx: Tx, accountId: string): Promise<void> {
  await tx.session.updateMany({ where: { accountId, isDefault: true }, data: { isDefault: false } })
}

/** Writes a new session. */
export async function insertSession(tx: Tx, row: NewSessionRow): Promise<LiveSession> {
  return toLiveSession(await tx.session.create({ data: row }))
}

/** The columns that a new session is written with. The others have defaults. */
export type NewSessionRow = Omit<
  SessionRow,
  `breaker${string}` | `lastError${string}` | 'health' | 'previewLinks'
>

/** The columns that may be changed of a session. Its breaker has statements of its own: see `breakers.ts`. */
export type SessionChange = Partial<
  Omit<NewSessionRow, 'id' | 'accountId' | 'provider' | 'createdAt'> & Pick<SessionRow, 'previewLinks'>
>

/** The columns for the reports of a provider about a sender, empty: they go where its verification goes. */
const nothingReported = { health: Prisma.DbNull, reportedBusinessId: null }

/** Puts new values into a session of the account; the others stay. */
export async function updateSession(
  tx: Tx,
  { accountId, id }: { accountId: string; id: string },
  change: SessionChange,
): Promise<LiveSession> {
  const data = change.verifiedAt === null ? { ...change, ...nothingReported } : change
  return toLiveSession(await tx.session.update({ where: { id, accountId }, data }))
}

/**
 * Forgets the credentials of the account's session; the row stays, so that receipts for what it sent still find
 * it. Null when there is none.
 */
export async function removeSession(
  db: Db,
  { accountId, id, at }: { accountId: string; id: string; at: Date },
): Promise<RemovedSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-remove',
    `update sessions set credentials = '', state = 'removed', is_default = false, verified_at = null,
            breaker_until = null, breaker_trips = 0, breaker_code = null, breaker_detail = null, updated_at = $3
      where account_id = $1 and id = $2 and state <> 'removed' returning ${sessionColumns}`,
    [accountId, id, at],
  )
  const session = row === undefined ? null : toSession(row)
  return session?.state === 'removed' ? session : null
}

/** Stops a session until its owner acts, with the reason; null when it was not going. */
export async function stopSession(
  db: Db,
  { id, code, detail, at }: { id: string; code: string; detail: string; at: Date },
): Promise<StoppedSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-stop',
    `update sessions set state = 'stopped', stop_code = $2, stop_detail = $3, last_error_code = $2,
            last_error_detail = $3, last_error_at = $4, breaker_until = null, breaker_trips = 0,
            breaker_code = null, breaker_detail = null, updated_at = $4
      where id = $1 and state = 'active' returning ${sessionColumns}`,
    [id, code, storableText(detail), at],
  )
  const session = row === undefined ? null : toSession(row)
  return session?.state === 'stopped' ? session : null
}

/**
 * Records what the provider said of the credentials and lets the session go again; null when other credentials
 * were saved meanwhile, which nobody has verified.
 */
export async function markSessionVerified(
  db: Db,
  {
    session,
    at,
    displayPhoneNumber,
    verifiedName,
    qualityRating,
  }: {
    session: LiveSession
    at: Date
    displayPhoneNumber: string | null
    verifiedName: string | null
    qualityRating: string | null
  },
): Promise<LiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-verified',
    `with verified as (
       update sessions set display_phone_number = $4, verified_name = $5, quality_rating = $6, verified_at = $7,
              updated_at = $7, state = 'active', stop_code = null, stop_detail = null
        where account_id = $1 and id = $2 and credentials = $3 and state <> 'removed' returning *
     ), ${releaseHeld}
     select ${sessionColumns} from verified`,
    [session.accountId, session.id, session.credentials, displayPhoneNumber, verifiedName, qualityRating, at],
  )
  return row === undefined ? null : toLiveSession(row)
}

/** Records the number and name that a session's connection turned out to have. */
export async function nameSender(
  db: Db,
  {
    id,
    displayPhoneNumber,
    verifiedName,
  }: { id: string; displayPhoneNumber: string; verifiedName: string | null },
): Promise<void> {
  await db.query(
    'session-name-sender',
    `update sessions set display_phone_number = $2, verified_name = $3, updated_at = now()
      where id = $1 and state <> 'removed' and (display_phone_number, verified_name) is distinct from ($2, $3)`,
    [id, displayPhoneNumber, verifiedName === null ? null : storableText(verifiedName)],
  )
}
