import type { z } from 'zod'
import type { Verification } from '../../../../domain/otp/verification.ts'
import type { OtpReport } from '../../../../services/otp/analytics.ts'
import type { SendDecisionRecord, VerificationDetail } from '../../../../services/otp/manage.ts'
import type { analyticsAnswer, decisionsAnswer, detailAnswer, listAnswer } from './answers.ts'

type VerificationView = z.input<typeof listAnswer>['data'][number]

/** A verification as its owner reads it. */
export function presentVerification(verification: Verification): VerificationView {
  const { status, attempts, attemptsMax, sends, sendsMax, resendInMs, expiresInMs } = verification
  const isPending = status === 'pending'
  const sendsLeft = isPending ? Math.max(0, sendsMax - sends) : 0
  return {
    id: verification.id,
    to: verification.address,
    service: verification.service,
    challenge: verification.challenge === '' ? null : verification.challenge,
    status,
    channel: verification.provider,
    session: verification.sessionId,
    locale: verification.locale,
    country: verification.country,
    test: verification.test,
    attempts,
    attemptsLeft: isPending ? Math.max(0, attemptsMax - attempts) : 0,
    sends,
    sendsLeft,
    resendAfterSeconds: sendsLeft > 0 ? Math.ceil(resendInMs / 1_000) : null,
    createdAt: verification.createdAt.toISOString(),
    expiresAt: verification.expiresAt.toISOString(),
    expiresInSeconds: isPending ? Math.floor(expiresInMs / 1_000) : 0,
    endedAt: verification.endedAt?.toISOString() ?? null,
    reported: verification.reportedAt !== null,
    converted: verification.converted,
    messageId: verification.messageId,
    metadata: verification.metadata,
  }
}

export function presentDetail({ verification, messages }: VerificationDetail): z.input<typeof detailAnswer> {
  return {
    success: true,
    data: {
      ...presentVerification(verification),
      messages: messages.map(({ sessionId: session, at, sentAt, deliveredAt, ...message }) => ({
        ...message,
        session,
        at: at.toISOString(),
        sentAt: sentAt?.toISOString() ?? null,
        deliveredAt: deliveredAt?.toISOString() ?? null,
      })),
    },
  }
}

export function presentDecision({
  address: to,
  at,
  kind,
  ...decision
}: SendDecisionRecord): z.input<typeof decisionsAnswer>['data'][number] {
  return { ...decision, to, kind, at: at.toISOString() }
}

export function presentReport({ poorPrefixes, ...report }: OtpReport): z.input<typeof analyticsAnswer> {
  return {
    success: true,
    data: {
      ...report,
      poorPrefixes: poorPrefixes.map(({ country, blockedUntil, ...one }) => ({
        ...one,
        country: country === '' ? null : country,
        conversion: Math.round((one.verified / one.sent) * 10_000) / 10_000,
        blockedUntil: blockedUntil?.toISOString() ?? null,
      })),
    },
  }
}
