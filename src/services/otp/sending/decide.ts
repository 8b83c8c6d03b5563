import type { Context } from '../../../context.ts'
import type { Statements } from '../../../db/client.ts'
import {
  endExpired,
  findPending,
  insertRefusal,
  lockSends,
  readStanding,
  type PendingVerification,
} from '../../../db/stores/otp/send.ts'
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

/** The result of a send, before anybody is told. */
export type Outcome =
  | { state: 'sent'; sent: OtpSent; announce(): void }
  | { state: 'replayed'; sent: OtpSent }
  | { state: 'refused'; refusal: SendRefusal }

/** Decides on a send and writes it, or its refusal, while nobody else can send to the same number, prefix or client. */
export async function decideAndWrite(ctx: Context, tx: Statements, prepared: Prepared): Promise<Outcome> {
  const { caller, scope, number, client, service, idempotency } = prepared
  const { accountId } = scope
  const subject = { accountId, service, number, client }
  await lockSubject(tx, subject)
  const winner = idempotency === null ? null : await findReplay(tx, accountId, idempotency, sentShape)
  if (winner !== null) return { state: 'replayed', sent: winner }
  const pending = await livePending(tx, scope)
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
  if (accepted.state !== 'accepted') throw await refusalAtWriting(ctx, caller)
  return { state: 'sent', sent, announce: accepted.announce }
}

/** Whom a send is to, as locks and limits see it. */
interface Subject extends Pick<Prepared, 'service' | 'number' | 'client'> {
  accountId: string
}

/** Waits until nobody else sends to the same number, prefix or client. */
export async function lockSubject(tx: Statements, { accountId, number, client }: Subject): Promise<void> {
  await lockSends(tx, [
    `otp ${accountId} number ${number.address}`,
    `otp ${accountId} prefix ${number.prefix}`,
    ...(client === null ? [] : [`otp ${accountId} client ${client}`]),
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

/** The pending verification of a scope; one whose time is over makes room. */
async function livePending(tx: Statements, scope: OtpScope): Promise<PendingVerification | null> {
  const pending = await findPending(tx, scope)
  if (pending === null || (pending.expiresInMs > 0 && pending.sealedCode !== null)) return pending
  await endExpired(tx, pending.id)
  return null
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
