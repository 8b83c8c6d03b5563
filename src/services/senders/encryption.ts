import type { Context } from '../../context.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'

type Place = Pick<LiveSession, 'id' | 'accountId' | 'name'>

/** The purpose that binds a session's encrypted settings to their row: the id, which no change of name touches. */
function purposeOf({ accountId, id }: Place): string {
  return `session:${accountId}:${id}`
}

/** The purpose from before sessions could be renamed. Such secrets can still be decrypted, until they are saved again. */
function purposeByName({ accountId, name }: Place): string {
  return `session:${accountId}:${name}`
}

/** Encrypts the settings of a provider for a session's row. */
export function encryptSettings(ctx: Context, session: Place, settings: unknown): string {
  return ctx.encrypter.encrypt(JSON.stringify(settings), purposeOf(session))
}

/** The settings of a session in clear. Throws when no key opens them. */
export function decryptSettings(ctx: Context, session: Place & Pick<LiveSession, 'credentials'>): unknown {
  return JSON.parse(openText(ctx, session))
}

function openText(ctx: Context, session: Place & Pick<LiveSession, 'credentials'>): string {
  try {
    return ctx.encrypter.decrypt(session.credentials, purposeOf(session))
  } catch {
    return ctx.encrypter.decrypt(session.credentials, purposeByName(session))
  }
}
