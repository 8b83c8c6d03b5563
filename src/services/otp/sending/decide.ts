import type { Context } from '../../../context.ts'
import type { Statements } from '../../../db/client.ts'
import { endPending, findPending, type PendingVerification } from '../../../db/stores/otp/send.ts'
import { insertRefusal, readStanding } from '../../../db/stores/otp/standing.ts'
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
  type SendStanding,
} from '../../../domain/otp/send-rules.ts'
import { graceMs } from '../../../domain/otp/verification.ts'
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

/** The facts of a decision: an earlier answer, the pending verification, and how its subject stands. */
type Known = [OtpSent | null, PendingVerification | null, Standing]

/** Decides on a send and writes it, or its refusal, while nobody else can send to the same number, prefix or client. */
export function decideAndWrite(ctx: Context, prepared: Prepared): Promise<Outcome> {
  const { scope, number, client, service, idempotency } = prepared
  const { accountId } = scope
  const subject = { accountId, service, number, client }
  return ctx.db.lockedTransaction(
    sendLocks(subject, idempotency?.key ?? null),
    (tx) =>
      Promise.all([
        idempotency === null ? null : findReplay(tx, accountId, idempotency, sentShape),
        findPending(tx, scope),
        standingOf(tx, subject),
      ]),
    (tx, known) => decide(ctx, tx, { prepared, subject, known }),
  )
}

async function decide(
  ctx: Context,
  tx: Statements,
  {
    prepared,
    subject,
    known: [winner, found, standing],
  }: { prepared: Prepared; subject: Subject; known: Known },
): Promise<Outcome> {
  const { caller, request, scope, idempotency } = prepared
  const { accountId } = scope
  if (winner !== null) return { state: 'replayed', sent: winner }
  const pending = found !== null && isAlive(ctx, found, caller.key.mode) ? found : null
  if (found !== null && pending === null) await endPending(tx, found.id)
  if (request.again !== undefined && pending?.id !== request.again) throw over()
  if (pending !== null) assertMayResend(pending)
  // One that was ended a moment ago counts.
  const present = found === pending ? standing : await standingOf(tx, subject)
  const decision = await judgeSend(tx, subject, present)
  if (!decision.allowed) return { state: 'refused', refusal: decision.refusal }
  const { shadow } = decision
  const { message, sent, replaces, written } = await writeSend(ctx, tx, prepared, {
    pending,
    shadow,
    at: present.at,
  })
  const [accepted] = await Promise.all([
    acceptWithin(ctx, tx, {
      ...message,
      idempotency: idempotency === null ? null : recordOf(idempotency, sent, message.createdAt),
    }),
    written,
  ])
  if (accepted.state === 'unpaid') throw tooFewCredits(ctx, { left: 0, needed: creditsPerMessage })
  if (accepted.state !== 'accepted') {
    // The idempotency key was taken meanwhile by another request than a send of a code, or the API key was revoked.
    if (idempotency !== null) await findReplay(tx, accountId, idempotency, sentShape)
    throw await refusalAtWriting(ctx, caller)
  }
  return { state: 'sent', sent, voids: replaces ? sent.id : null, announce: accepted.announce }
}

interface Subject extends Pick<Prepared, 'service' | 'number' | 'client'> {
  accountId: string
}

/** How a subject stands against the limits. */
export type Standing = Awaited<ReturnType<typeof readStanding>>

/** The locks under which nobody else sends to the same number, prefix or client, or under the same idempotency key. */
export function sendLocks({ accountId, number, client }: Subject, idempotencyKey: string | null): string[] {
  return [
    `otp ${accountId} number ${number.address}`,
    `otp ${accountId} prefix ${number.prefix}`,
    ...(client === null ? [] : [`otp ${accountId} client ${client}`]),
    ...(idempotencyKey === null ? [] : [`otp ${accountId} idempotency ${idempotencyKey}`]),
  ]
}

/** How a number, its prefix and its client stand against the limits of a service. */
export function standingOf(
  tx: Statements,
  { accountId, service, number, client }: Subject,
): Promise<Standing> {
  const { address, prefix } = number
  return readStanding(tx, { accountId, address, prefix, client }, limitsOf(service.settings))
}

/** Decides on a send by the limits and the signs of fraud, and notes a refusal. */
export async function judgeSend(
  tx: Statements,
  { accountId, service, number, client }: Subject,
  standing: SendStanding,
): Promise<SendDecision> {
  const target = { accountId, address: number.address, prefix: number.prefix, client }
  const decision = decideSend(standing, service.settings)
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
 * True when a pending verification can be sent again; one whose time is over, or whose code no key opens, makes room. A test
 * key, whose messages are shown, neither gets a live code nor gives one: its own makes room for a live one. Throws
 * `forbidden`.
 */
function isAlive(
  ctx: Context,
  { expiresInMs, sealedCode, keyMode }: PendingVerification,
  mode: KeyMode,
): boolean {
  if (expiresInMs <= 0 || sealedCode === null || !ctx.encrypter.opens(sealedCode)) return false
  if (keyMode !== mode && mode === 'test') {
    throw new AppError('forbidden', 'A live code is pending in this scope, which a test key must not touch.')
  }
  return keyMode === mode
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
