import type { Context } from '../../context.ts'
import {
  deleteClientKeys,
  findByClientKey,
  findIdByClientKey,
  listClientKeys,
  writeClientKey,
  type ClientKey,
} from '../../db/stores/sessions/client-keys.ts'
import { changeSessions, liveSessions } from '../../db/stores/sessions/write.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { noSuchSession } from './rules.ts'

/** The live session that a client of a surface knows by this name, or null. */
export function findSessionByClientKey(ctx: Context, wanted: ClientKey): Promise<LiveSession | null> {
  return findByClientKey(ctx.db, wanted)
}

/** The names that sessions of an account have on a surface, by the sessions' ids. A session may have none. */
export function readClientKeys(
  ctx: Context,
  namespace: Omit<ClientKey, 'key'>,
  sessions: readonly LiveSession[],
): Promise<ReadonlyMap<string, string>> {
  return listClientKeys(
    ctx.db,
    namespace,
    sessions.map(({ id }) => id),
  )
}

/**
 * Gives a session another name on a surface. Throws `session_not_found`, and `session_exists` for a name that another
 * of the account's sessions has there.
 */
export async function renameOnSurface(ctx: Context, wanted: ClientKey, sessionId: string): Promise<void> {
  await changeSessions(ctx.db, wanted.accountId, async (tx) => {
    const live = await liveSessions(tx, wanted.accountId)
    if (!live.some(({ id }) => id === sessionId)) throw noSuchSession()
    const holder = await findIdByClientKey(tx, wanted)
    if (holder !== null && holder !== sessionId && live.some(({ id }) => id === holder)) {
      throw new AppError('session_exists', `You have a session named "${wanted.key}". Choose another name.`)
    }
    await deleteClientKeys(tx, { accountId: wanted.accountId, surface: wanted.surface, sessionId })
    await writeClientKey(tx, wanted, sessionId)
  })
}
