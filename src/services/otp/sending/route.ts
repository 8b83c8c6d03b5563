import type { Context } from '../../../context.ts'
import type { SentBy } from '../../../domain/accounts/account.ts'
import { AppError, type ErrorCode } from '../../../domain/app-error.ts'
import type { MessageContent } from '../../../domain/messages/content.ts'
import { maskedCode } from '../../../domain/otp/code.ts'
import type { OtpService } from '../../../domain/otp/service.ts'
import type { OtpWording } from '../../../domain/otp/wording.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { sealContent } from '../../common/sealed.ts'
import { draftMessage } from '../../messages/draft.ts'
import { findAccountSession, pickSession } from '../../senders/lookup.ts'
import { codeContentFor, type CodeContent } from './code-content.ts'
import type { NewMessage } from '../../../db/stores/messages/accept.ts'

/** The way that a code takes: a sender that can send it now, with the message drafted and the code masked. */
export interface Route {
  session: LiveSession
  /** Its place among the senders, whose ids these are. */
  step: number
  senders: string[]
  locale: string
  warnings: string[]
  message: NewMessage
  fill: CodeContent['fill']
}

/** A code on its way to a number, before it is known which code. */
export interface RouteRequest {
  by: SentBy
  service: OtpService
  address: string
  country: string | null
  locale: string | null
  metadata: Record<string, unknown> | null
  wording: OtpWording | null
}

/** The senders of a code in the order in which they have their turn. Throws `session_not_found` and `credentials_missing`. */
export async function sendersOf(
  ctx: Context,
  by: SentBy,
  { settings }: OtpService,
  named: string | null,
): Promise<LiveSession[]> {
  const first = await pickSession(ctx, { caller: by, named: named ?? settings.session, dryRun: false })
  if (by.key.mode === 'test') return [first]
  const others = await Promise.all(
    settings.fallbackSessions.map((name) => findAccountSession(ctx, by.account.id, name).catch(() => null)),
  )
  const all = [first, ...others.filter((session) => session !== null)]
  return [...new Map(all.map((session) => [session.id, session])).values()]
}

/** Refusals of one sender after which the next one may be asked. */
const passesOn = new Set<ErrorCode>([
  'session_stopped',
  'session_paused',
  'session_not_linked',
  'session_not_found',
  'otp_template_missing',
  'linked_device_refused',
  'validation_failed',
])

/**
 * The first sender, from a place on, that can send a code now. When none can, throws what the first of them says: see
 * `draftMessage` and `codeContentFor`.
 */
export function chooseRoute(
  ctx: Context,
  request: RouteRequest,
  sessions: readonly LiveSession[],
  from = 0,
): Promise<Route> {
  const senders = sessions.map(({ id }) => id)
  return throughFirst(sessions, from, (session, step) =>
    routeThrough(ctx, request, { session, step, senders }),
  )
}

/** The result of the first sender, from a place on, that does not refuse. When all do, throws what the first of them says. */
export async function throughFirst<T>(
  sessions: readonly LiveSession[],
  from: number,
  act: (session: LiveSession, step: number) => Promise<T>,
): Promise<T> {
  let refusal: AppError | null = null
  for (const [step, session] of sessions.entries()) {
    if (step < from) continue
    try {
      return await act(session, step)
    } catch (error) {
      if (!(error instanceof AppError) || !passesOn.has(error.code)) throw error
      refusal ??= error
    }
  }
  throw refusal ?? new AppError('session_not_found', 'None of the senders of this code exists any more.')
}

async function routeThrough(
  ctx: Context,
  { by, service, address, country, locale: asked, metadata, wording }: RouteRequest,
  place: Pick<Route, 'session' | 'step' | 'senders'>,
): Promise<Route> {
  const { session } = place
  const content = await codeContentFor(ctx, session, { by, service, country, locale: asked, wording })
  const { message } = await draftMessage(ctx, by, {
    to: address,
    content: content.fill({ code: maskedCode, lifeSeconds: service.settings.ttlSeconds }),
    session: session.id,
    sendAt: null,
    ttlSeconds: service.settings.ttlSeconds,
    priority: 'high',
    metadata,
    dryRun: false,
    replyTo: null,
  })
  const { locale, warnings, fill } = content
  return { ...place, locale, warnings, message, fill }
}

/** The message of a route with its code, sealed. It is never handed over later than the code is good for. */
export function messageWith(
  ctx: Context,
  { message, fill }: Route,
  { code, expiresAt, lifeMs }: { code: string; expiresAt: Date; lifeMs: number },
): NewMessage {
  const lifeSeconds = Math.max(1, Math.round(lifeMs / 1_000))
  const content: MessageContent = fill({ code, lifeSeconds })
  return {
    ...message,
    sealed: sealContent(ctx, message.id, { content, secret: code }),
    expiresAt,
  }
}
