import { AppError, type ErrorCode } from '../app-error.ts'
import type { SendLimit, ServiceSettings } from './service.ts'
import { graceMs } from './verification.ts'

/** Sends are limited by the number, by its prefix, and by the address of the app's user. */
export const limitKinds = ['number', 'prefix', 'client'] as const
export type LimitKind = (typeof limitKinds)[number]

/** A limit that is reached, and in how long it will not be. */
export interface ReachedLimit {
  kind: LimitKind
  retryMs: number
}

/** The standing of a number, its prefix and its client at the moment of a send. */
export interface SendStanding {
  /** Wrong codes were given for the number: for how long it cools off; nought or less: it does not. */
  coolingMs: number
  /** The prefix is blocked for so long; nought or less: it is not. */
  blockedMs: number
  limits: ReachedLimit[]
  /** Other numbers close to it that were sent to within ten minutes. */
  neighbours: number
  /** Verifications of the prefix that ended within a day, and how many of them were verified. */
  ended: number
  verified: number
  /** Customers of the prefix who said within a day that they did not ask for a code. */
  reports: number
}

/** Signs of fraud, by the words of the field. */
export type FraudFactor = 'number_range_abuse' | 'poor_conversion_history' | 'reported_by_customers'

const fraudRules: Readonly<Record<FraudFactor, (standing: SendStanding) => boolean>> = {
  number_range_abuse: ({ neighbours }) => neighbours >= 4,
  poor_conversion_history: ({ ended, verified }) => ended >= 10 && verified / ended < 0.2,
  reported_by_customers: ({ reports }) => reports >= 3,
}

/** How long a prefix with signs of fraud is blocked, where the service enforces it. */
export const blockSeconds = 12 * 3_600

/** The signs of fraud that a send bears. */
export function fraudFactors(standing: SendStanding): FraudFactor[] {
  const factors: FraudFactor[] = ['number_range_abuse', 'poor_conversion_history', 'reported_by_customers']
  return factors.filter((factor) => fraudRules[factor](standing))
}

/** A send that is refused: its code, the reasons for the log of decisions, and when it may be tried again. */
export interface SendRefusal {
  code: ErrorCode
  reasons: string[]
  retryMs: number
  /** The prefix is to be blocked from now on. */
  blocks: boolean
}

/** The decision on a send: refused, or let through with the reasons for which it would have been refused. */
export type SendDecision = { allowed: true; shadow: FraudFactor[] } | { allowed: false; refusal: SendRefusal }

const limitCodes = { number: 'number_limit', prefix: 'prefix_limit', client: 'client_limit' } as const

/** Decides on a send by the limits and the signs of fraud. */
export function decideSend(standing: SendStanding, { fraud }: Pick<ServiceSettings, 'fraud'>): SendDecision {
  const refuse = (code: ErrorCode, retryMs: number, factors: FraudFactor[] = []): SendDecision => {
    const blocks = factors.length > 0
    return { allowed: false, refusal: { code, reasons: blocks ? factors : [code], retryMs, blocks } }
  }
  if (standing.coolingMs > graceMs) return refuse('number_cooling', standing.coolingMs)
  const reached = standing.limits
    .filter(({ retryMs }) => retryMs > graceMs)
    .toSorted((one, other) => other.retryMs - one.retryMs)
  for (const kind of limitKinds) {
    const limit = reached.find((one) => one.kind === kind)
    if (limit !== undefined) return refuse(limitCodes[kind], limit.retryMs)
  }
  if (fraud === 'off') return { allowed: true, shadow: [] }
  if (fraud === 'enforce' && standing.blockedMs > graceMs) return refuse('prefix_blocked', standing.blockedMs)
  const factors = fraudFactors(standing)
  if (fraud === 'enforce' && factors.length > 0)
    return refuse('prefix_blocked', blockSeconds * 1_000, factors)
  return { allowed: true, shadow: factors }
}

/** The limits of a service, in one list. */
export function limitsOf({ limits }: Pick<ServiceSettings, 'limits'>): (SendLimit & { kind: LimitKind })[] {
  return limitKinds.flatMap((kind) => limits[kind].map((limit) => ({ ...limit, kind })))
}

/** How long to wait after send number `sends` before the next, in seconds; the last wait holds for all further ones. */
export function resendWait(
  { resendWaitSeconds }: Pick<ServiceSettings, 'resendWaitSeconds'>,
  sends: number,
): number {
  return resendWaitSeconds[Math.min(sends, resendWaitSeconds.length) - 1] ?? 0
}

/** A refusal of a send that says in how many seconds to try again. */
export function tooManySends(code: ErrorCode, retryMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryMs / 1_000))
  return new AppError(
    code,
    `${sendTexts[code] ?? 'This code is not sent.'} Try again in ${retryAfterSeconds} s.`,
    {
      retryAfterSeconds,
    },
  )
}

/** They say what is limited, and never whether a number is known. */
const sendTexts: Partial<Record<ErrorCode, string>> = {
  resend_cooldown: 'A code was sent a moment ago.',
  send_budget: 'This code was sent as often as it may be.',
  number_limit: 'Too many codes were asked for this number.',
  prefix_limit: 'Too many codes were asked for numbers that begin like this one.',
  client_limit: 'Too many codes were asked from this client address.',
  number_cooling: 'Too many wrong codes were given for this number.',
  prefix_blocked: 'Codes to numbers that begin like this one are blocked, because of signs of fraud.',
}
