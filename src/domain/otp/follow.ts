import type { VerificationStatus } from './verification.ts'

/**
 * The steps of a verification that are published, each at most once; `failed` once for each reason, and for each message
 * that is the last to be lost.
 */
export const otpSteps = ['sent', 'delivered', 'read', 'verified', 'failed', 'expired', 'reported'] as const
export type OtpStep = (typeof otpSteps)[number]

/** The steps that the sums count. */
export const countedSteps = otpSteps.filter((step) => step !== 'read')

/** Why a verification failed. */
export type OtpFailure = 'undeliverable' | 'max_attempts' | 'canceled'

/** A message of a verification, as far as its course goes. */
export interface FollowedMessage {
  id: string
  /** Null: it was never written. */
  status: string | null
  /** The place of its sender. */
  step: number
}

/** A verification as the sweeper finds it. */
export interface Followed {
  /** `expired` where its time is over, though nobody has said so yet. */
  status: VerificationStatus
  reported: boolean
  told: readonly string[]
  /** The place of the sender whose turn it is, and how many there are. */
  step: number
  senders: number
  fallbackMs: number
  expiresInMs: number
  /** Since the last send. */
  sentAgoMs: number
  /** The first one first. */
  messages: readonly FollowedMessage[]
}

/** A step that is to be published, and the key under which it is noted as told. */
export interface StepToTell {
  step: OtpStep
  key: string
}

/** The acts that follow from how a verification stands. */
export interface FollowPlan {
  tell: StepToTell[]
  failure: OtpFailure | null
  /** The next sender has its turn. */
  fallBack: boolean
  /** When to look again; null: nothing more happens by itself. */
  wakeMs: number | null
}

const isOut = new Set<string | null>(['sent', 'delivered', 'read'])
const hasArrived = new Set<string | null>(['delivered', 'read'])
const isLost = new Set<string | null>([null, 'failed', 'expired', 'canceled'])

/**
 * Decides what follows from where a verification and its messages stand. A message that was dropped on its way is never
 * reported by Meta, so the next sender has its turn when the time is up without a receipt, and at once when a message is
 * lost. A verification whose messages are all lost stays pending: it may have been read all the same, and can be sent
 * again.
 */
export function followVerification(now: Followed): FollowPlan {
  const { status, messages, told } = now
  const arrived = messages.some((message) => hasArrived.has(message.status))
  const isPending = status === 'pending'
  const latest = messages.findLast(({ step }) => step === now.step)
  const isLatestLost = latest === undefined || isLost.has(latest.status)
  const isLate = now.sentAgoMs >= now.fallbackMs
  const hasNext = now.step + 1 < now.senders
  const fallBack = isPending && hasNext && !arrived && (isLatestLost || isLate)
  const isUndeliverable = isPending && !hasNext && messages.every((message) => isLost.has(message.status))
  const failure = failureOf(status, isUndeliverable)
  const steps: Record<OtpStep, boolean> = {
    sent: messages.some((message) => isOut.has(message.status)),
    delivered: arrived,
    read: messages.some((message) => message.status === 'read'),
    verified: status === 'verified',
    failed: failure !== null,
    expired: status === 'expired',
    reported: now.reported,
  }
  return {
    tell: otpSteps
      .filter((step) => steps[step])
      .map((step) => ({ step, key: step === 'failed' ? failureKey(failure, messages) : step }))
      .filter(({ key }) => !told.includes(key)),
    failure,
    fallBack,
    wakeMs: isPending ? wakeOf(now, { fallBack, mayFallBack: hasNext && !arrived }) : null,
  }
}

function failureKey(failure: OtpFailure | null, messages: readonly FollowedMessage[]): string {
  return failure === 'undeliverable' ? `failed ${messages.at(-1)?.id ?? ''}` : `failed ${failure ?? ''}`
}

function failureOf(status: VerificationStatus, isUndeliverable: boolean): OtpFailure | null {
  if (status === 'max_attempts' || status === 'canceled') return status
  return isUndeliverable ? 'undeliverable' : null
}

/** When a sender that has its turn cannot take it, it is asked again. */
const askAgainMs = 5_000

function wakeOf(
  { fallbackMs, sentAgoMs, expiresInMs }: Followed,
  { fallBack, mayFallBack }: { fallBack: boolean; mayFallBack: boolean },
): number {
  const untilEnd = Math.max(0, expiresInMs)
  if (fallBack) return Math.min(untilEnd, askAgainMs)
  return mayFallBack ? Math.min(untilEnd, Math.max(0, fallbackMs - sentAgoMs)) : untilEnd
}
