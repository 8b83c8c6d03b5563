import type { Session } from '../../domain/session.ts'
import { guarded, type Db } from '../client.ts'
import type { SessionModel } from '../generated/models.ts'

/** Writes a new session, or puts new values in the account's session of that name. */
export function upsertSession(db: Db, session: Session): Promise<Session> {
  const { id: _id, accountId: _accountId, name: _name, createdAt: _createdAt, ...update } = session
  return guarded(async () =>
    toSession(
      await db.prisma.session.upsert({
        where: { accountId_name: { accountId: session.accountId, name: session.name } },
        create: session,
        update,
      }),
    ),
  )
}

/** The account's session by name, or null. */
export function findSessionByName(db: Db, accountId: string, name: string): Promise<Session | null> {
  return guarded(async () => {
    const row = await db.prisma.session.findUnique({ where: { accountId_name: { accountId, name } } })
    return row === null ? null : toSession(row)
  })
}

/** All sessions of an account, the oldest first. */
export function listSessions(db: Db, accountId: string): Promise<Session[]> {
  return guarded(async () => {
    const rows = await db.prisma.session.findMany({ where: { accountId }, orderBy: { id: 'asc' } })
    return rows.map(toSession)
  })
}

/** A session by its id alone: for the pipeline, which acts for no caller. */
export function findSession(db: Db, id: string): Promise<Session | null> {
  return guarded(async () => {
    const row = await db.prisma.session.findUnique({ where: { id } })
    return row === null ? null : toSession(row)
  })
}

/** The sessions, of any account, that send as one of these provider-side senders. */
export function findSessionsBySender(db: Db, provider: string, senderIds: string[]): Promise<Session[]> {
  return guarded(async () => {
    const rows = await db.prisma.session.findMany({ where: { provider, senderId: { in: senderIds } } })
    return rows.map(toSession)
  })
}

/**
 * Forgets the credentials of the account's session of that name; the row stays, so that receipts for what it
 * sent still find it. False when there is none.
 */
export function removeSession(
  db: Db,
  { accountId, name, at }: { accountId: string; name: string; at: Date },
): Promise<boolean> {
  return guarded(async () => {
    const { count } = await db.prisma.session.updateMany({
      where: { accountId, name, state: { not: 'removed' } },
      data: { credentials: '', state: 'removed', isDefault: false, verifiedAt: null, updatedAt: at },
    })
    return count > 0
  })
}

/** Stops a session until its owner acts, with the reason. */
export function stopSession(
  db: Db,
  { id, code, detail, at }: { id: string; code: string; detail: string; at: Date },
): Promise<void> {
  return guarded(async () => {
    await db.prisma.session.updateMany({
      where: { id, state: 'active' },
      data: { state: 'stopped', stopCode: code, stopDetail: detail, updatedAt: at },
    })
  })
}

/** Records what the provider said of the credentials and lets the session go again. */
export function markSessionVerified(
  db: Db,
  {
    id,
    accountId,
    at,
    ...facts
  }: {
    id: string
    accountId: string
    at: Date
    displayPhoneNumber: string | null
    verifiedName: string | null
    qualityRating: string | null
  },
): Promise<void> {
  return guarded(async () => {
    await db.prisma.session.updateMany({
      where: { id, accountId },
      data: { ...facts, verifiedAt: at, updatedAt: at, state: 'active', stopCode: null, stopDetail: null },
    })
  })
}

function toSession(row: SessionModel): Session {
  return {
    ...row,
    state: row.state === 'stopped' || row.state === 'removed' ? row.state : 'active',
    onUnknown: row.onUnknown === 'fail' ? 'fail' : 'retry',
  }
}
