import type { Context } from '../../../context.ts'
import type { Statements } from '../../../db/client.ts'
import type { NewMessage } from '../../../db/stores/messages/accept.ts'
import {
  insertFurtherSend,
  insertVerification,
  type PendingVerification,
} from '../../../db/stores/otp/send.ts'
import { newCode } from '../../../domain/otp/code.ts'
import { resendWait, tooManySends } from '../../../domain/otp/send-rules.ts'
import { lengthWarnings } from '../../../domain/otp/service.ts'
import { after } from '../../../kit/clock.ts'
import { newId } from '../../../kit/id.ts'
import { newCodeHash, openCode, sealCode } from './codes.ts'
import type { OtpSent, Prepared } from './prepare.ts'
import { messageWith } from './route.ts'

interface Written {
  sent: OtpSent
  message: NewMessage
  /** Another code took the place of the one before. */
  replaces: boolean
  written: Promise<void>
}

/**
 * Writes a send, the first one of a verification or a further one, and makes its answer and its message. `written` is
 * still under way then, so that the message can share the round trip. `at`: when Postgres was asked last.
 */
export async function writeSend(
  ctx: Context,
  tx: Statements,
  prepared: Prepared,
  { pending, shadow, at }: { pending: PendingVerification | null; shadow: string[]; at: Date },
): Promise<Written> {
  return pending === null
    ? writeFirst(ctx, tx, prepared, { shadow, at })
    : writeAgain(ctx, tx, prepared, { pending, shadow, at })
}

function writeFirst(
  ctx: Context,
  tx: Statements,
  prepared: Prepared,
  { shadow, at }: { shadow: string[]; at: Date },
): Written {
  const { caller, request, service, scope, number, client, route } = prepared
  const { settings } = service
  const testCode = testCodeAt(prepared, at)
  const id = newId()
  const code = testCode ?? request.code ?? newCode(request.length ?? settings.codeLength)
  const lifeSeconds = request.ttlSeconds ?? settings.ttlSeconds
  const waitSeconds = resendWait(settings, 1)
  const lifeMs = lifeSeconds * 1_000
  const expiresAt = after(at, lifeMs)
  const facts = {
    id,
    code,
    expiresAt,
    lifeMs,
    waitSeconds,
    sendsLeft: settings.sends - 1,
    resent: false,
    test: testCode !== null,
  }
  const answer = answerTo(ctx, prepared, facts)
  const written = insertVerification(tx, {
    ...scope,
    ...newCodeHash(ctx, { accountId: scope.accountId, id }, code),
    id,
    sealedCode: sealCode(ctx, id, code),
    test: testCode !== null,
    attemptsMax: settings.attempts,
    sendsMax: settings.sends,
    lifeSeconds,
    waitSeconds,
    localeAsked: request.locale,
    locale: route.locale,
    country: number.country,
    prefix: number.prefix,
    client,
    senders: route.senders,
    step: route.step,
    fallbackSeconds: settings.fallbackAfterSeconds,
    messageId: route.message.id,
    keyId: caller.key.id,
    metadata: request.metadata,
    wording: request.wording,
    callbackUrl: request.callbackUrl,
    callbackFormat: request.callbackFormat,
    shadow,
    sendId: newId(),
    createdAt: at,
  })
  return { ...answer, replaces: false, written }
}

async function writeAgain(
  ctx: Context,
  tx: Statements,
  prepared: Prepared,
  { pending, shadow, at }: { pending: PendingVerification; shadow: string[]; at: Date },
): Promise<Written> {
  const { request, service, scope, client, route } = prepared
  const { settings } = service
  const testCode = testCodeAt(prepared, at)
  const { id, sends, sendsMax } = pending
  const present = openCode(ctx, id, pending.sealedCode ?? '')
  const code = testCode ?? request.code ?? present
  const isOther = code !== present
  const { wording, callbackUrl, callbackFormat } = request
  const lifeSeconds = request.ttlSeconds ?? settings.ttlSeconds
  const waitSeconds = resendWait(settings, sends + 1)
  const expiresAt = await insertFurtherSend(tx, {
    verificationId: id,
    sendId: newId(),
    messageId: route.message.id,
    kind: isOther ? 'replacement' : 'resend',
    waitSeconds,
    locale: route.locale,
    client,
    senders: route.senders,
    step: route.step,
    shadow,
    wording,
    callback: callbackUrl === null ? null : { callbackUrl, callbackFormat },
    replaced: isOther
      ? {
          ...newCodeHash(ctx, { accountId: scope.accountId, id }, code),
          sealedCode: sealCode(ctx, id, code),
          lifeSeconds,
        }
      : null,
  })
  // It ran out in the moment since it was looked at.
  if (expiresAt === null) throw tooManySends('resend_cooldown', 1_000)
  const lifeMs = isOther ? lifeSeconds * 1_000 : pending.expiresInMs
  const facts = {
    id,
    code,
    expiresAt,
    lifeMs,
    waitSeconds,
    sendsLeft: sendsMax - sends - 1,
    resent: true,
    test: testCode !== null,
  }
  return { ...answerTo(ctx, prepared, facts), replaces: isOther, written: Promise.resolve() }
}

/** The fixed code of a test number whose time is not over. */
function testCodeAt({ test }: Prepared, at: Date): string | null {
  return test !== null && test.expiresAt > at ? test.code : null
}

/** The facts of a send that was written. */
interface SendFacts {
  id: string
  code: string
  expiresAt: Date
  lifeMs: number
  waitSeconds: number
  sendsLeft: number
  resent: boolean
  test: boolean
}

function answerTo(
  ctx: Context,
  { number, route }: Prepared,
  { id, code, expiresAt, lifeMs, waitSeconds, sendsLeft, resent, test }: SendFacts,
): Pick<Written, 'sent' | 'message'> {
  const message = messageWith(ctx, route, { code, expiresAt, lifeMs })
  const sent: OtpSent = {
    id,
    to: number.address,
    status: 'pending',
    channel: route.session.provider,
    session: route.session.id,
    locale: route.locale,
    expiresAt: expiresAt.toISOString(),
    expiresInSeconds: Math.max(0, Math.floor(lifeMs / 1_000)),
    resendAfterSeconds: sendsLeft > 0 ? waitSeconds : null,
    sendsLeft,
    messageId: message.id,
    resent,
    test,
    warnings: [...route.warnings, ...lengthWarnings(code.length)],
  }
  return { sent, message }
}
