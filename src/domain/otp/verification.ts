import type { OtpWording } from './wording.ts'

/** Where a verification stands. `verified` and all that follow are its end. */
export const verificationStatuses = ['pending', 'verified', 'expired', 'canceled', 'max_attempts'] as const
export type VerificationStatus = (typeof verificationStatuses)[number]

/** By which one pending verification of an account is told from another. */
export interface OtpScope {
  accountId: string
  service: string
  /** E.164 digits. */
  address: string
  /** The purpose of the code, in the app's words; empty: nothing was said. */
  challenge: string
}

/** Why a code was not taken. */
export const invalidReasons = ['invalid', 'expired', 'max_attempts', 'already_used', 'canceled'] as const
export type InvalidReason = (typeof invalidReasons)[number]

/** The reason that an ended verification gives for every code. */
export const reasonOfEnd: Readonly<Record<Exclude<VerificationStatus, 'pending'>, InvalidReason>> = {
  verified: 'already_used',
  expired: 'expired',
  canceled: 'canceled',
  max_attempts: 'max_attempts',
}

/** The result of a code that was judged. */
export type Judgement =
  | { valid: true; id: string; status: 'verified'; attemptsLeft: number }
  | { valid: false; id: string; status: VerificationStatus; reason: InvalidReason; attemptsLeft: number }

/** A verification as its owner reads it. */
export interface Verification extends OtpScope {
  id: string
  status: VerificationStatus
  test: boolean
  attempts: number
  attemptsMax: number
  sends: number
  sendsMax: number
  createdAt: Date
  expiresAt: Date
  /** Until then, by the database's clock; nought once it is over. */
  expiresInMs: number
  resendInMs: number
  endedAt: Date | null
  reportedAt: Date | null
  converted: boolean | null
  locale: string
  country: string | null
  /** The sender whose turn it is. */
  sessionId: string
  /** Its provider; null where the sender was removed for good. */
  provider: string | null
  messageId: string
  metadata: Record<string, unknown> | null
  wording: OtpWording | null
  callbackUrl: string | null
  /** How its callbacks are written. */
  callbackFormat: string
}

/** Wrong codes in a row for one number, after which its codes are neither judged nor sent for a while. */
export const numberFailures = { coolAt: 10, coolSeconds: 900, ceiling: 100, ceilingSeconds: 86_400 } as const

/** The clocks of two machines differ: who waited as long as was said is not refused. */
export const graceMs = 2_000
