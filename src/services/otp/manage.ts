import type { Context } from '../../context.ts'
import { cancelVerification, saveConversion } from '../../db/stores/otp/end.ts'
import {
  findVerification,
  listDecisions,
  listOtpMessages,
  listVerifications,
  type OtpMessage,
  type SendDecisionRecord,
} from '../../db/stores/otp/read.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import { parseAddress } from '../../domain/messages/address.ts'
import type { Verification, VerificationStatus } from '../../domain/otp/verification.ts'
import { idFloor } from '../../kit/id.ts'
import { pageOf } from '../../kit/page.ts'
import { recallMessages } from './recall.ts'
import type { OtpSent } from './sending/prepare.ts'
import { sendCode } from './send.ts'
import { notFound } from './verify.ts'

export type { OtpMessage, SendDecisionRecord } from '../../db/stores/otp/read.ts'

/** A verification, and the messages that carried its code. */
export interface VerificationDetail {
  verification: Verification
  messages: OtpMessage[]
}

/** One verification of an account. Throws `otp_not_found`, also for another account's. */
export async function getVerification(
  ctx: Context,
  accountId: string,
  id: string,
): Promise<VerificationDetail> {
  const verification = await findVerification(ctx.db, accountId, id)
  if (verification === null) throw notFound()
  return { verification, messages: await listOtpMessages(ctx.db, id) }
}

/**
 * Cancels a pending verification, and what of it waits to be handed over; canceling it again changes nothing. Throws
 * `otp_not_found` and `otp_not_pending`.
 */
export async function cancelOtp(ctx: Context, accountId: string, id: string): Promise<Verification> {
  const canceled = await cancelVerification(ctx.db, accountId, id)
  const { verification, messages } = await getVerification(ctx, accountId, id)
  if (!canceled && verification.status !== 'canceled') throw notPending(verification, 'canceled')
  await recallMessages(ctx, accountId, messages)
  return verification
}

function notPending({ status }: Verification, what: string): AppError {
  return new AppError('otp_not_pending', `Only a pending verification can be ${what}; this one is ${status}.`)
}

/** Sends the code of a pending verification again. Throws `otp_not_found`, `otp_not_pending`, and what `sendCode` does. */
export async function resendOtp(
  ctx: Context,
  caller: Caller,
  { id, session, clientIp }: { id: string; session: string | null; clientIp: string | null },
): Promise<OtpSent> {
  const { verification } = await getVerification(ctx, caller.account.id, id)
  if (verification.status !== 'pending') throw notPending(verification, 'sent again')
  const { address, service, challenge, locale, metadata, wording } = verification
  const way = session ?? verification.sessionId
  const request = {
    to: address,
    service,
    challenge,
    locale,
    session: way,
    clientIp,
    metadata,
    wording,
    again: id,
  }
  const rest = {
    code: null,
    length: null,
    ttlSeconds: null,
    callbackUrl: null,
    callbackFormat: 'standard' as const,
  }
  return (await sendCode(ctx, caller, { ...request, ...rest }, null)).sent
}

/** Notes whether the app's user got in, which the sums count. Throws `otp_not_found`. */
export async function reportConversion(
  ctx: Context,
  accountId: string,
  report: { id: string; converted: boolean },
): Promise<Verification> {
  if (!(await saveConversion(ctx.db, accountId, report))) throw notFound()
  return (await getVerification(ctx, accountId, report.id)).verification
}

/** Which verifications to list; a filter that is null lists all. */
export interface VerificationQuery {
  service: string | null
  to: string | null
  status: VerificationStatus | null
  from: Date | null
  until: Date | null
  cursor: string | null
  limit: number
}

/** A page of an account's verifications, the newest first. Throws `validation_failed` (the number). */
export async function findVerifications(
  ctx: Context,
  accountId: string,
  { service, to, status, from, until, cursor, limit }: VerificationQuery,
): Promise<{ verifications: Verification[]; nextCursor: string | null }> {
  const address = to === null ? null : parseAddress(to)
  if (to !== null && address?.kind !== 'msisdn')
    throw invalidField('to', 'must be a phone number in E.164 form')
  const bounds = [cursor, until === null ? null : idFloor(until)].filter((one) => one !== null)
  const found = await listVerifications(ctx.db, {
    accountId,
    service,
    address: address?.value ?? null,
    status,
    from: from === null ? null : idFloor(from),
    before: bounds.toSorted()[0] ?? null,
    limit: limit + 1,
  })
  const { rows, nextCursor } = pageOf(found, limit, ({ id }) => id)
  return { verifications: rows, nextCursor }
}

/** A page of the log of decisions on sends, the newest first. */
export async function findDecisions(
  ctx: Context,
  accountId: string,
  { blocked, cursor, limit }: { blocked: 'shadow' | 'enforced' | null; cursor: string | null; limit: number },
): Promise<{ decisions: SendDecisionRecord[]; nextCursor: string | null }> {
  const found = await listDecisions(ctx.db, { accountId, blocked, before: cursor, limit: limit + 1 })
  const { rows, nextCursor } = pageOf(found, limit, ({ id }) => id)
  return { decisions: rows, nextCursor }
}
