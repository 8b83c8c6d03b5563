import type { Context } from '../../context.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { isBuiltIn, traitsOf } from '../senders/providers.ts'

/** Throws `session_exists` for a name that is in use. */
export function assertNameFree(live: LiveSession[], name: string | undefined): void {
  if (!live.some((one) => one.name === name)) return
  throw new AppError('session_exists', `You have a session named "${name}". Choose another name.`)
}

/** Throws `session_exists` for a number that another of the account's sessions sends from. */
export function assertSenderFree(others: LiveSession[], senderId: string | null): void {
  const rival = others.find((one) => senderId !== null && one.senderId === senderId)
  if (rival === undefined) return
  throw new AppError(
    'session_exists',
    `Your session "${rival.name}" has this phone number id. Change its credentials, or delete it first.`,
  )
}

/** Throws `session_protected` for the sandbox that every account has. */
export function assertRenamable(ctx: Context, session: LiveSession): void {
  if (!isBuiltIn(ctx, session)) return
  throw new AppError('session_protected', `The session "${session.name}" keeps its name: dry runs go by it.`)
}

/** Throws `validation_failed` for a pace that the session's provider does not allow. */
export function assertRate(ctx: Context, session: LiveSession, ratePerSecond: number): void {
  const { min, max } = traitsOf(ctx, session).ratePerSecondRange ?? { min: 1, max: 1_000 }
  if (ratePerSecond >= min && ratePerSecond <= max) return
  throw invalidField('ratePerSecond', `must be from ${min} to ${max} for a sender of this kind`)
}

/** The refusal for a session that is not there, or is another account's. */
export function noSuchSession(): AppError {
  return new AppError('session_not_found', 'There is no such session in your account.')
}
