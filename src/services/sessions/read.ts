import type { Context } from '../../context.ts'
import { countSessions, findLiveSession, listSessionPage } from '../../db/stores/sessions/read.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { noSuchSession } from './rules.ts'
import { readableSettings, type GivenSettings } from './settings.ts'

/** A session as its owner sees it: with those of its settings that are no secrets. */
export interface SessionDetail {
  session: LiveSession
  /** Its settings in clear, decrypted when they are asked for. Empty when no key decrypts them any more. */
  settings: () => GivenSettings
}

/** A live session of an account. Throws `session_not_found`, also for another account's. */
export async function getSession(ctx: Context, accountId: string, id: string): Promise<SessionDetail> {
  const session = await findLiveSession(ctx.db, accountId, id)
  if (session === null) throw noSuchSession()
  return detailOf(ctx, session)
}

/** Which sessions to list. `cursor` is the last id of the page before, and stronger than `page`. */
export interface SessionListRequest {
  limit: number
  page: number
  cursor: string | null
}

export interface SessionPage {
  sessions: SessionDetail[]
  page: number
  limit: number
  total: number
  nextCursor: string | null
}

/** A page of an account's live sessions, the newest first. */
export async function findSessionPage(
  ctx: Context,
  accountId: string,
  { page, limit, cursor }: SessionListRequest,
): Promise<SessionPage> {
  const offset = cursor === null ? (page - 1) * limit : 0
  const [rows, total] = await Promise.all([
    // One more than asked for tells whether there is a next page.
    listSessionPage(ctx.db, { accountId, before: cursor, limit: limit + 1, offset }),
    countSessions(ctx.db, accountId, null),
  ])
  const shown = rows.slice(0, limit)
  const nextCursor = rows.length > limit ? (shown.at(-1)?.id ?? null) : null
  return { sessions: shown.map((one) => detailOf(ctx, one)), page, limit, total, nextCursor }
}

/** A session with those of its settings that may be shown. */
export function detailOf(ctx: Context, session: LiveSession): SessionDetail {
  return { session, settings: () => readableSettings(ctx, session) }
}
