import type { Context } from '../../../context.ts'
import type { Statements } from '../../../db/client.ts'
import { endPending, findPending, type PendingVerification } from '../../../db/stores/otp/send.ts'
import { insertRefusal, lockSends, readStanding } from '../../../db/stores/otp/standing.ts'
import type { KeyMode } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import { creditsPerMessage } from '../../../domain/billing/credits.ts'
import {
  blockSeconds,
  decideSend,
  limitsOf,
  tooManySends,
  type SendDecision,
  type SendRefusal,
} from '../../../domain/otp/send-rules.ts'
import { graceMs, type OtpScope } from '../../../domain/otp/verification.ts'
import { newId } from '../../../kit/id.ts'
import { tooFewCredits } from '../../billing/credits.ts'
import { refusalAtWriting } from '../../accounts/api-keys.ts'
import { acceptWithin } from '../../messages/accept-within.ts'
import { findReplay, recordOf } from '../../messages/idempotency.ts'
import { sentShape, type OtpSent, type Prepared } from './prepare.ts'
import { writeSend } from './write-send.ts'

/** The result of a send, before anybody is told; `voids` is the verification whose messages before carry another code. */
export type Outcome =
  | { state: 'sent'; sent: OtpSent; voids: string | null; announce(): void }
  | { state: 'replayed'; sent: OtpSent }
  | { state: 'refused'; refusal: SendRefusal }

/** Decides on a send and writes it, or its refusal, while nobody else can send to the same number, prefix or client. */
export async function decideAndWrite(ctx: Context, tx: Statements, prepared: Prepared): Promise<Outcome> {
  const { caller, request, scope, number, client, service, idempotency } = prepared
  const { accountId } = scope
  const subject = { accountId, service, number, client }
  await lockSubject(tx, subject, idempotency?.key ?? null)
  const winner = idempotency === null ? null : await findReplay(tx, accountId, idempotency, sentShape)
  if (winner !== null) return { state: 'replayed', sent: winner }
  const pending = await livePending(ctx, tx, { scope, mode: caller.key.mode })
  if (request.again !== undefined && pending?.id !== request.again) throw over()
  if (pending !== null) assertMayResend(pending)
  const decision = await judgeSend(tx, subject)
  if (!decision.allowed) return { state: 'refused', refusal: decision.refusal }
  const written = await writeSend(ctx, tx, prepared, { pending, shadow: decision.shadow })
  const { message, sent } = written
  const accepted = await acceptWithin(ctx, tx, {
    ...message,
    idempotency: idempotency === null ? null : recordOf(idempotency, sent, message.createdAt),
  })
  if (accepted.state === 'unpaid') throw tooFewCredits(ctx, { left: 0, needed: creditsPerMessage })
  if (accepted.state !== 'accepted') {
    // The idempotency key was taken meanwhile by another request than a send of a code, or the API key was revoked.
    if (idempotency !== null) await findReplay(tx, accountId, idempotency, sentShape)
    throw await refusalAtWriting(ctx, caller)
  }
  return { state: 'sent', sent, voids: written.replaces ? sent.id : null, announce: accepted.announce }
}

/** Whom a send is to, as locks and limits see it. */
interface Subject extends Pick<Prepared, 'service' | 'number' | 'client'> {
  accountId: string
}

/** Waits until nobody else sends to the same number, prefix or client, or under the same idempotency key. */
export async function lockSubject(
  tx: Statements,
  { accountId, number, client }: Subject,
  idempotencyKey: string | null,
): Promise<void> {
  await lockSends(tx, [
    `otp ${accountId} number ${number.address}`,
    `otp ${accountId} prefix ${number.prefix}`,
    ...(client === null ? [] : [`otp ${accountId} client ${client}`]),
    ...(idempotencyKey === null ? [] : [`otp ${accountId} idempotency ${idempotencyKey}`]),
  ])
}

/** Decides on a send by the limits and the signs of fraud, and notes a refusal. */
export async function judgeSend(
  tx: Statements,
  { accountId, service, number, client }: Subject,
): Promise<SendDecision> {
  const target = { accountId, address: number.address, prefix: number.prefix, client }
  const decision = decideSend(await readStanding(tx, target, limitsOf(service.settings)), service.settings)
  if (decision.allowed) return decision
  const { reasons, blocks } = decision.refusal
  await insertRefusal(tx, {
    ...target,
    id: newId(),
    service: service.name,
    country: number.country,
    reasons,
    blockSeconds: blocks ? blockSeconds : null,
  })
  return decision
}

/**
 * The pending verification of a scope; one whose time is over, or whose code no key opens, makes room. A test key, whose
 * messages are shown, neither gets a live code nor gives one: its own makes room for a live one.
 */
async function livePending(
  ctx: Context,
  tx: Statements,
  { scope, mode }: { scope: OtpScope; mode: KeyMode },
): Promise<PendingVerification | null> {
  const pending = await findPending(tx, scope)
  if (pending === null) return null
  const { id, expiresInMs, sealedCode, keyMode } = pending
  if (expiresInMs > 0 && sealedCode !== null && ctx.encrypter.opens(sealedCode)) {
    if (keyMode === mode) return pending
    if (mode === 'test') {
      throw new AppError(
        'forbidden',
        'A live code is pending in this scope, which a test key must not touch.',
      )
    }
  }
  await endPending(tx, id)
  return null
}

function over(): AppError {
  return new AppError('otp_not_pending', 'Only a pending verification can be sent again; this one is over.')
}

function assertMayResend({
  undelivered,
  resendInMs,
  sends,
  sendsMax,
  expiresInMs,
}: PendingVerification): void {
  if (sends >= sendsMax) throw tooManySends('send_budget', expiresInMs)
  if (!undelivered && resendInMs > graceMs) throw tooManySends('resend_cooldown', resendInMs)
}
