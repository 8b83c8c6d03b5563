import type { Session } from '../../../domain/sessions/session.ts'
import type { Db } from '../../client.ts'

/** The columns of a `Session`, for statements on the table `sessions`. */
export const sessionColumns = `id, account_id as "accountId", name, provider, is_default as "isDefault", credentials,
  sender_id as "senderId", past_sender_ids as "pastSenderIds", state, stop_code as "stopCode",
  stop_detail as "stopDetail", rate_per_second as "ratePerSecond", on_unknown as "onUnknown",
  display_phone_number as "displayPhoneNumber", verified_name as "verifiedName",
  quality_rating as "qualityRating", verified_at as "verifiedAt", business_account_id as "businessAccountId",
  breaker_until as "breakerUntil", breaker_trips as "breakerTrips", breaker_code as "breakerCode",
  breaker_detail as "breakerDetail", last_error_code as "lastErrorCode", last_error_detail as "lastErrorDetail",
  last_error_at as "lastErrorAt", created_at as "createdAt", updated_at as "updatedAt"`

/** The account's live session by name, or null. */
export async function findSessionByName(db: Db, accountId: string, name: string): Promise<Session | null> {
  const [row] = await db.query<Session>(
    'session-by-name',
    `select ${sessionColumns} from sessions where account_id = $1 and name = $2 and state <> 'removed'`,
    [accountId, name],
  )
  return row ?? null
}

/** The account's live session by id, or null. */
export async function findLiveSession(db: Db, accountId: string, id: string): Promise<Session | null> {
  const [row] = await db.query<Session>(
    'session-live',
    `select ${sessionColumns} from sessions where account_id = $1 and id = $2 and state <> 'removed'`,
    [accountId, id],
  )
  return row ?? null
}

/** All live sessions of an account, the oldest first. */
export function listSessions(db: Db, accountId: string): Promise<Session[]> {
  return db.query<Session>(
    'sessions-list',
    `select ${sessionColumns} from sessions where account_id = $1 and state <> 'removed' order by id`,
    [accountId],
  )
}

/** A page of an account's live sessions, the newest first; only ids before `before` when it is given. */
export function listSessionPage(
  db: Db,
  {
    accountId,
    before,
    limit,
    offset,
  }: { accountId: string; before: string | null; limit: number; offset: number },
): Promise<Session[]> {
  return db.query<Session>(
    'sessions-page',
    `select ${sessionColumns} from sessions
      where account_id = $1 and state <> 'removed'
        and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      order by id desc limit $3 offset $4`,
    [accountId, before, limit, offset],
  )
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
  const rows = await db.query<Session>(
    'sessions-by-id',
    `select ${sessionColumns} from sessions where id = any($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** The sessions, of any account, that send as one of these provider-side senders. */
export function findSessionsBySender(db: Db, provider: string, senderIds: string[]): Promise<Session[]> {
  return db.query<Session>(
    'sessions-by-sender',
    `select ${sessionColumns} from sessions where provider = $1 and sender_id = any($2) and state <> 'removed'`,
    [provider, senderIds],
  )
}
