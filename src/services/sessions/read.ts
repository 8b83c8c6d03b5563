import type { Context } from '../../context.ts'
import {
  countSessions,
  findLiveSession,
  listSessionPage,
  listSessions,
} from '../../db/stores/sessions/read.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { pageOf, rangeOf, type PageRequest } from '../../kit/page.ts'
import { readLinks, type LinkView } from '../links/view.ts'
import { noSuchSession } from './rules.ts'
import { settingsOrNone, type GivenSettings } from './settings.ts'

/** A session as its owner sees it: with those of its settings that are no secrets. */
export interface SessionDetail {
  session: LiveSession
  /** Its settings in clear, decrypted when they are asked for. Empty when no key decrypts them any more. */
  settings: () => GivenSettings
  /** Of a linked device: how it stands. */
  link: LinkView | null
}

/** A live session of an account. Throws `session_not_found`, also for another account's. */
export async function getSession(ctx: Context, accountId: string, id: string): Promise<SessionDetail> {
  const session = await findSession(ctx, accountId, id)
  if (session === null) throw noSuchSession()
  return detailOf(ctx, session)
}

/** A live session of an account, or null. */
export function findSession(ctx: Context, accountId: string, id: string): Promise<LiveSession | null> {
  return findLiveSession(ctx.db, accountId, id)
}

/** All live sessions of an account, the newest first. */
export async function listAccountSessions(ctx: Context, accountId: string): Promise<SessionDetail[]> {
  const sessions = await listSessions(ctx.db, accountId)
  const links = await readLinks(ctx, sessions)
  return sessions.toReversed().map((one) => withLink(ctx, one, links))
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
  { page, limit, cursor }: PageRequest,
): Promise<SessionPage> {
  const [found, total] = await Promise.all([
    listSessionPage(ctx.db, { accountId, before: cursor, ...rangeOf({ limit, page, cursor }) }),
    countSessions(ctx.db, accountId, null),
  ])
  const { rows, nextCursor } = pageOf(found, limit, ({ id }) => id)
  const links = await readLinks(ctx, rows)
  return { sessions: rows.map((one) => withLink(ctx, one, links)), page, limit, total, nextCursor }
}

/** A session with those of its settings that may be shown. */
export async function detailOf(ctx: Context, session: LiveSession): Promise<SessionDetail> {
  const links = await readLinks(ctx, [session])
  return withLink(ctx, session, links)
}

function withLink(ctx: Context, session: LiveSession, links: ReadonlyMap<string, LinkView>): SessionDetail {
  return {
    session,
    settings: () => settingsOrNone(ctx, session),
    link: links.get(session.id) ?? null,
  }
}
