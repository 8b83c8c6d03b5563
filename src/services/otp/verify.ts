import { randomBytes } from 'node:crypto'
import type { Context } from '../../context.ts'
import { judgeCode, type Judged, type JudgeTarget } from '../../db/stores/otp/judge.ts'
import { findVerification } from '../../db/stores/otp/read.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import { parseAddress } from '../../domain/messages/address.ts'
import { typedCode } from '../../domain/otp/code.ts'
import { tooManySends } from '../../domain/otp/send-rules.ts'
import { reasonOfEnd, type Judgement, type OtpScope } from '../../domain/otp/verification.ts'
import { sha256 } from '../../kit/crypto/hash.ts'
import { codeHashes } from './sending/codes.ts'
import { inTurn } from './slots.ts'

/** A code that an app's user typed, and the verification that it is for: by its id, or by the number and its scope. */
export type VerifyRequest = { code: string } & (
  | { id: string }
  | { to: string; service: string; challenge: string }
)

/**
 * Judges a code. Throws `validation_failed` (the number), `otp_not_found` for what is unknown, of another account, or of
 * another challenge, `number_cooling`, and `unavailable`.
 */
export async function verifyCode(
  ctx: Context,
  accountId: string,
  request: VerifyRequest,
): Promise<Judgement> {
  const target = targetOf(accountId, request)
  const subject = 'id' in target ? target.id : target.address
  const judged = await inTurn(ctx, { accountId, subject }, () => judge(ctx, target, typedCode(request.code)))
  if (judged === null) throw notFound()
  return answerFor(judged)
}

/** The refusal of a verification that an account does not have: the same for all reasons. */
export function notFound(): AppError {
  return new AppError('otp_not_found', 'There is no such verification in your account.')
}

function targetOf(accountId: string, request: VerifyRequest): JudgeTarget {
  if ('id' in request) return { accountId, id: request.id }
  const address = parseAddress(request.to)
  if (address?.kind !== 'msisdn') throw invalidField('recipient', 'must be a phone number in E.164 form')
  const { service, challenge } = request
  return { accountId, service, address: address.value, challenge }
}

/**
 * A hash is bound to its scope, which an id does not tell: so the scope is read first, and a request without one is
 * judged against a scope that is nobody's, by the same statements.
 */
async function judge(ctx: Context, target: JudgeTarget, code: string): Promise<Judged | null> {
  const scope = await scopeOf(ctx, target)
  const judged = await judgeUnder(ctx, { target, scope, code })
  if (judged === null || judged.judged || !isOpen(judged) || judged.coolingMs > 0) return judged
  // Its hash was made under a key that this process has not met yet.
  return judgeUnder(ctx, { target, scope, code, keyId: judged.codeKey })
}

async function scopeOf(ctx: Context, target: JudgeTarget): Promise<OtpScope> {
  if (!('id' in target)) return target
  const nobody = { accountId: target.accountId, service: '', address: '', challenge: '' }
  return (await findVerification(ctx.db, target.accountId, target.id)) ?? nobody
}

function judgeUnder(
  ctx: Context,
  { target, scope, code, keyId }: { target: JudgeTarget; scope: OtpScope; code: string; keyId?: string },
): Promise<Judged | null> {
  const nonce = randomBytes(16)
  const digests = codeHashes(ctx, scope, code, keyId).map(({ keyId: id, hash }) => ({
    keyId: id,
    digest: sha256(Buffer.concat([hash, nonce])),
  }))
  return judgeCode(ctx.db, target, nonce, digests)
}

function isOpen({ status, expired }: Judged): boolean {
  return status === 'pending' && !expired
}

function answerFor(judged: Judged): Judgement {
  const { id, status, attempts, attemptsMax, expired, coolingMs } = judged
  if (judged.judged) {
    const attemptsLeft = Math.max(0, attemptsMax - attempts)
    return status === 'verified'
      ? { valid: true, id, status, attemptsLeft }
      : { valid: false, id, status, reason: 'invalid', attemptsLeft }
  }
  if (status !== 'pending') return { valid: false, id, status, reason: reasonOfEnd[status], attemptsLeft: 0 }
  if (expired) return { valid: false, id, status: 'expired', reason: 'expired', attemptsLeft: 0 }
  throw tooManySends('number_cooling', Math.max(1_000, coolingMs))
}
