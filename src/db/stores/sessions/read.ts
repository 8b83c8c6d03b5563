import type { LiveSession, Session } from '../../../domain/sessions/session.ts'
import type { Db } from '../../client.ts'
import { sessionColumns, toLiveSession, toSession, type SessionRow } from './row.ts'

/** The account's live session by name, or null. */
export async function findSessionByName(
  db: Db,
  accountId: string,
  name: string,
): Promise<LiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-by-name',
    `select ${sessionColumns} from sessions where account_id = $1 and name = $2 and state <> 'removed'`,
    [accountId, name],
  )
  return row === undefined ? null : toLiveSession(row)
}

/** The account's live session by id, or null. */
export async function findLiveSession(db: Db, accountId: string, id: string): Promise<LiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-live',
    `select ${sessionColumns} from sessions where account_id = $1 and id = $2 and state <> 'removed'`,
    [accountId, id],
  )
  return row === undefined ? null : toLiveSession(row)
}

/** All live sessions of an account, the oldest first. */
export async function listSessions(db: Db, accountId: string): Promise<LiveSession[]> {
  const rows = await db.query<SessionRow>(
    'sessions-list',
    `select ${sessionColumns} from sessions where account_id = $1 and state <> 'removed' order by id`,
    [accountId],
  )
  return rows.map(toLiveSession)
}

/** A page of an account's live sessions, the newest first; only ids before `before` when it is given. */
export async function listSessionPage(
  db: Db,
  {
    accountId,
    before,
    limit,
    offset,
  }: { accountId: string; before: string | null; limit: number; offset: number },
): Promise<LiveSession[]> {
  const rows = await db.query<SessionRow>(
    'sessions-page',
    `select ${sessionColumns} from sessions
      where account_id = $1 and state <> 'removed'
        and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      order by id desc limit $3 offset $4`,
    [accountId, before, limit, offset],
  )
  return rows.map(toLiveSession)
}

/** How many live sessions an account has; only those of one provider when it is named. */
export async function countSessions(db: Db, accountId: string, provider: string | null): Promise<number> {
  const [row] = await db.query<{ count: string }>(
    'sessions-count',
    `select count(*) as count from sessions
      where account_id = $1 and state <> 'removed' and provider = coalesce($2, provider)`,
    [accountId, provider],
  )
  return Number(row?.count ?? 0)
}

/** A session by its id alone, of any account: for the pipeline, which acts for no caller. */
export async function findSession(db: Db, id: string): Promise<Session | null> {
  return (await findSessions(db, [id])).get(id) ?? null
}

/** Sessions by their ids alone, of any account: for the pipeline. */
export async function findSessions(db: Db, ids: string[]): Promise<Map<string, Session>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<SessionRow>(
    'sessions-by-id',
    `select ${sessionColumns} from sessions where id = any($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, toSession(row)]))
}

/** The sessions, of any account, that send as one of these provider-side senders. */
export async function findSessionsBySender(
  db: Db,
  provider: string,
  senderIds: string[],
): Promise<LiveSession[]> {
  const rows = await db.query<SessionRow>(
    'sessions-by-sender',
    `select ${sessionColumns} from sessions where provider = $1 and sender_id = any($2) and state <> 'removed'`,
    [provider, senderIds],
  )
  return rows.map(toLiveSession)
}
