import type { z } from 'zod'
import type { Statements } from '../../db/client.ts'
import { findIdempotency, type NewIdempotency } from '../../db/stores/messages/idempotency.ts'
import { AppError } from '../../domain/app-error.ts'
import { after } from '../../kit/clock.ts'

/** The identity of a request that may be repeated: the client's key, and a hash of its content. */
export interface Idempotency {
  key: string
  fingerprint: Buffer
  /** Other forms in which the same content may have been kept. */
  alternatives?: readonly Buffer[]
}

const keptMs = 24 * 3_600 * 1_000

/** The record that is written in the transaction of what it answers for. */
export function recordOf({ key, fingerprint }: Idempotency, response: unknown, at: Date): NewIdempotency {
  return {
    key,
    fingerprint: fingerprint.toString('hex'),
    response,
    expiresAt: after(at, keptMs),
  }
}

/**
 * The first answer to this key, or null when it is new. Throws `idempotency_conflict` when it was used for
 * something else.
 */
export async function findReplay<Answer>(
  db: Statements,
  accountId: string,
  { key, fingerprint, alternatives = [] }: Idempotency,
  answer: z.ZodType<Answer>,
): Promise<Answer | null> {
  const record = await findIdempotency(db, accountId, key)
  if (record === null) return null
  if (![fingerprint, ...alternatives].some((one) => record.fingerprint.equals(one))) {
    throw new AppError(
      'idempotency_conflict',
      'This Idempotency-Key was used for a different request. Use a new key for a new message.',
    )
  }
  return answer.parse(record.response)
}
