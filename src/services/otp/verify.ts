import { randomBytes } from 'node:crypto'
import { perContext, type Context } from '../../context.ts'
import {
  findSealedCode,
  judgeCodes,
  replaceHash,
  type Guess,
  type Judged,
  type JudgeTarget,
} from '../../db/stores/otp/judge.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import { parseAddress } from '../../domain/messages/address.ts'
import { typedCode } from '../../domain/otp/code.ts'
import { tooManySends } from '../../domain/otp/send-rules.ts'
import { reasonOfEnd, type Judgement } from '../../domain/otp/verification.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { refuseWhenFull } from '../common/overload.ts'
import { codeHashes, newCodeHash, openCode } from './sending/codes.ts'

/** A code that an app's user typed, and the verification that it is for: by its id, or by the number and its scope. */
export type VerifyRequest = { code: string } & (
  | { id: string }
  | { to: string; service: string; challenge: string }
)

const guesses = perContext((ctx: Context) =>
  createBatcher<Guess, Judged | null>({
    itemsMax: 128,
    lanes: 2,
    waitingMax: 4_096,
    async run(some) {
      const results = await judgeCodes(ctx.db, some, randomBytes(16))
      return results.map((value) => ({ status: 'fulfilled', value }))
    },
  }),
)

/**
 * Judges a code; requests that come together share one statement. Throws `validation_failed` (the number),
 * `otp_not_found` for what is unknown, of another account, or of another challenge, `number_cooling`, and `unavailable`.
 */
export async function verifyCode(
  ctx: Context,
  accountId: string,
  request: VerifyRequest,
): Promise<Judgement> {
  const target = targetOf(accountId, request)
  const judged = await judge(ctx, target, typedCode(request.code))
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

async function judge(ctx: Context, target: JudgeTarget, code: string): Promise<Judged | null> {
  const { accountId } = target
  const judged = await judgeInTurn(ctx, { target, hashes: codeHashes(ctx, accountId, code) })
  if (judged === null || judged.judged || !isOpen(judged) || judged.coolingMs > 0) return judged
  // Its hash was made with a key that this process has not met yet, or that is gone since a rotation.
  await hashAnew(ctx, accountId, judged)
  return judgeInTurn(ctx, { target, hashes: codeHashes(ctx, accountId, code, judged.codeKey) })
}

/** Hashes a code with the newest key, if its own is gone and the code can still be decrypted. */
async function hashAnew(ctx: Context, accountId: string, { id, codeKey }: Judged): Promise<void> {
  if (codeHashes(ctx, accountId, '', codeKey).some(({ keyId }) => keyId === codeKey)) return
  const sealed = await findSealedCode(ctx.db, id)
  if (sealed === null || !ctx.encrypter.opens(sealed)) return
  const fresh = newCodeHash(ctx, { accountId, id }, openCode(ctx, id, sealed))
  await replaceHash(ctx.db, { id, from: codeKey, ...fresh })
}

/** A statement judges one code of a verification: the others have theirs in the next. */
async function judgeInTurn(ctx: Context, guess: Guess): Promise<Judged | null> {
  for (;;) {
    const judged = await guesses(ctx).add(guess).catch(refuseWhenFull)
    if (judged?.deferred !== true) return judged
  }
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
  if (coolingMs > 0) throw tooManySends('number_cooling', Math.max(1_000, coolingMs))
  // No key is left that could tell whether it is right.
  return { valid: false, id, status: 'expired', reason: 'expired', attemptsLeft: 0 }
}
