import type { KeyMode } from '../../../domain/accounts/account.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { arrayOf } from '../../array-literal.ts'
import type { Db, Tx } from '../../client.ts'
import { sessionColumns, toLiveSession, type SessionRow } from './row.ts'

/** A name that a client of a surface chose for a sender. Names of live and test keys are strangers. */
export interface ClientKey {
  accountId: string
  surface: string
  mode: KeyMode
  key: string
}

/** The live session that a client knows by this name, or null. */
export async function findByClientKey(
  db: Db,
  { accountId, surface, mode, key }: ClientKey,
): Promise<LiveSession | null> {
  const [row] = await db.query<SessionRow>(
    'session-by-client-key',
    `select ${sessionColumns} from sessions
      where state <> 'removed' and account_id = $1
        and id = (select session_id from session_client_keys
                   where account_id = $1 and surface = $2 and mode = $3 and key = $4)`,
    [accountId, surface, mode, key],
  )
  return row === undefined ? null : toLiveSession(row)
}

/** The same inside a change of the account's sessions. */
export async function findIdByClientKey(
  tx: Tx,
  { accountId, surface, mode, key }: ClientKey,
): Promise<string | null> {
  const row = await tx.sessionClientKey.findUnique({
    where: { accountId_surface_mode_key: { accountId, surface, mode, key } },
  })
  return row?.sessionId ?? null
}

/** Gives a session of the account a name on a surface. A name that a removed session had is taken over. */
export async function writeClientKey(
  tx: Tx,
  { accountId, surface, mode, key }: ClientKey,
  sessionId: string,
): Promise<void> {
  await tx.$executeRaw`
    insert into session_client_keys (account_id, surface, mode, key, session_id)
         values (${accountId}::uuid, ${surface}, ${mode}, ${key}, ${sessionId}::uuid)
    on conflict (account_id, surface, mode, key) do update set session_id = excluded.session_id`
}

/** The names that sessions of an account have on a surface, by the sessions' ids. */
export async function listClientKeys(
  db: Db,
  { accountId, surface, mode }: Omit<ClientKey, 'key'>,
  sessionIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.query<{ session_id: string; key: string }>(
    'session-client-keys',
    `select session_id, key from session_client_keys
      where account_id = $1 and surface = $2 and mode = $3 and session_id = any($4::uuid[])`,
    [accountId, surface, mode, arrayOf(sessionIds)],
  )
  return new Map(rows.map((row) => [row.session_id, row.key]))
}

/** Frees the names of a session on a surface. */
export async function deleteClientKeys(
  tx: Tx,
  { accountId, surface, sessionId }: { accountId: string; surface: string; sessionId: string },
): Promise<void> {
  await tx.$executeRaw`
    delete from session_client_keys
     where account_id = ${accountId}::uuid and surface = ${surface} and session_id = ${sessionId}::uuid`
}
