import { z } from 'zod'
import type { Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'
import { after } from '../../kit/clock.ts'

/** A browser's EventSource begins at once, and comes back with the same address when its connection breaks. */
const tokenMs = 10 * 60_000
const purpose = 'device-stream'

const content = z.object({ accountId: z.uuid(), sessionId: z.uuid(), until: z.number() })

/** A token that lets its bearer watch one device of one account for ten minutes, and nothing else. */
export function makeStreamToken(
  ctx: Context,
  { accountId, id: sessionId }: { accountId: string; id: string },
): { token: string; expiresAt: Date } {
  const expiresAt = after(ctx.clock.now(), tokenMs)
  const text = JSON.stringify({ accountId, sessionId, until: expiresAt.getTime() })
  return { token: ctx.encrypter.encrypt(text, purpose), expiresAt }
}

/** The account whose device a token is for. Throws `invalid_api_key` for one that is none, or not for this device. */
export function readStreamToken(ctx: Context, token: string, sessionId: string): string {
  try {
    const read = content.parse(JSON.parse(ctx.encrypter.decrypt(token, purpose)))
    if (read.sessionId === sessionId && read.until > ctx.clock.now().getTime()) return read.accountId
  } catch {
    // It is none of ours.
  }
  throw new AppError(
    'invalid_api_key',
    'The stream token is not for this session, or has expired. Ask for a new one.',
  )
}
