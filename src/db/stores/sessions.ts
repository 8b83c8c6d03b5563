import type { Session } from '../../domain/session.ts'
import { guarded, type Db } from '../client.ts'
import type { SessionModel } from '../generated/models.ts'

const columns = `id, account_id as "accountId", name, provider, is_default as "isDefault", credentials,
  sender_id as "senderId", past_sender_ids as "pastSenderIds", state, stop_code as "stopCode",
  stop_detail as "stopDetail", rate_per_second as "ratePerSecond", on_unknown as "onUnknown",
  display_phone_number as "displayPhoneNumber", verified_name as "verifiedName",
  quality_rating as "qualityRating", verified_at as "verifiedAt", created_at as "createdAt",
  updated_at as "updatedAt"`

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
export async function findSessionByName(db: Db, accountId: string, name: string): Promise<Session | null> {
  const [row] = await db.query<Session>(
    'session-by-name',
    `select ${columns} from sessions where account_id = $1 and name = $2`,
    [accountId, name],
  )
  return row ?? null
}

/** All sessions of an account, the oldest first. */
export function listSessions(db: Db, accountId: string): Promise<Session[]> {
  return db.query<Session>(
    'sessions-list',
    `select ${columns} from sessions where account_id = $1 order by id`,
    [accountId],
  )
}

/** A session by its id alone, of any account: for the pipeline, which acts for no caller. */
export async function findSession(db: Db, id: string): Promise<Session | null> {
  return (await findSessions(db, [id])).get(id) ?? null
}

/** Sessions by their ids alone, of any account: for the pipeline. */
export async function findSessions(db: Db, ids: string[]): Promise<Map<string, Session>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<Session>(
    'sessions-by-id',
    `select ${columns} from sessions where id = any($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** The sessions, of any account, that send as one of these provider-side senders. */
export function findSessionsBySender(db: Db, provider: string, senderIds: string[]): Promise<Session[]> {
  return db.query<Session>(
    'sessions-by-sender',
    `select ${columns} from sessions where provider = $1 and sender_id = any($2) and state <> 'removed'`,
    [provider, senderIds],
  )
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
