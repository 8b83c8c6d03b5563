import { AppError } from '../app-error.ts'
import type { MessageState } from '../messages/message.ts'
import type { Status } from '../messages/status.ts'

/** Whether messages cost credits. */
export const creditsModes = ['off', 'enforced'] as const
export type CreditsMode = (typeof creditsModes)[number]

/** The price of one message. */
export const creditsPerMessage = 1

/** The price of one pairing code, where pairing costs credits. */
export const creditsPerPairing = 1

/** One line of an account's ledger; lines are only ever added. */
export interface CreditEntry {
  id: string
  /** The order of the ledger: each balance is the one before and the amount. */
  seq: number
  kind: 'grant' | 'debit' | 'refund'
  /** Positive or negative. */
  amount: number
  /** The account's balance after it. */
  balance: number
  messageId: string | null
  note: string | null
  createdAt: Date
}

const givenUp: ReadonlySet<Status> = new Set<Status>(['failed', 'expired', 'canceled'])

/**
 * The refund of a message that fails: all that it was charged, unless its provider has it, or may have it
 * because the outcome of the present attempt is unknown. What earlier attempts came to is not known here.
 */
export function refundOf(before: MessageState, after: MessageState): number {
  const ends = givenUp.has(after.status) && !givenUp.has(before.status)
  const out = before.unknownAt !== null || after.externalId !== null || after.sentAt !== null
  return ends && !out ? before.credits : 0
}

/** The refusal of what an account cannot pay. */
export function insufficientCredits({
  left,
  needed,
  sold,
}: {
  left: number
  needed: number
  sold: boolean
}): AppError {
  const credits = needed === 1 ? 'credit' : 'credits'
  return new AppError(
    'insufficient_credits',
    `This needs ${needed} ${credits} and your account has ${left} left.`,
    { remedy: { do: 'top_up', sold } },
  )
}
