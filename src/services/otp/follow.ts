import type { Context } from '../../context.ts'
import { findSentBy } from '../../db/stores/accounts/api-keys.ts'
import { claimDueVerifications, saveFollowed, type DueVerification } from '../../db/stores/otp/follow.ts'
import { insertFurtherSend } from '../../db/stores/otp/send.ts'
import { AppError } from '../../domain/app-error.ts'
import { creditsPerMessage } from '../../domain/billing/credits.ts'
import { followVerification, type FollowPlan, type StepToTell } from '../../domain/otp/follow.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import { callbackStatuses } from '../../domain/webhooks/formats/status-query.ts'
import { after } from '../../kit/clock.ts'
import { idFrom, newId } from '../../kit/id.ts'
import { tooFewCredits } from '../billing/credits.ts'
import { acceptWithin } from '../messages/accept-within.ts'
import { findAccountSession } from '../senders/lookup.ts'
import { publishSteps, publishToCallbacks, type StepCallback } from '../webhooks/callback-endpoint.ts'
import { publishEvents } from '../webhooks/publish.ts'
import { recallMessages } from './recall.ts'
import { openCode } from './sending/codes.ts'
import { chooseRoute, messageWith } from './sending/route.ts'
import { findOtpService } from './services.ts'

const verificationsMax = 200

/** A verification, and what follows from how it stands. */
interface Planned {
  one: DueVerification
  plan: FollowPlan
}

/**
 * Looks at verifications whose time has come: publishes what happened to them, gives the next sender its turn, ends what
 * has expired. Any number of processes may do so at once. Returns true when there may be more.
 */
export async function followVerifications(ctx: Context): Promise<boolean> {
  const due = await claimDueVerifications(ctx.db, verificationsMax)
  if (due.length === 0) return false
  const plans = due.map((one) => ({ one, plan: planFor(one) }))
  // Before they are noted: what is published twice, after a crash, is one event by its id.
  await tell(ctx, plans)
  await saveFollowed(
    ctx.db,
    plans.map(({ one, plan }) => ({
      id: one.id,
      claim: one.claim,
      told: plan.tell.flatMap(({ step, key }) => (key === step ? [step] : [step, key])),
      wakeMs: plan.wakeMs,
    })),
  )
  const ended = due.filter(({ status }) => status !== 'pending')
  await Promise.all(ended.map(({ accountId, messages }) => recallMessages(ctx, accountId, messages)))
  const late = plans.filter(({ plan }) => plan.fallBack)
  await Promise.all(late.map(({ one }) => fallBackSafely(ctx, one)))
  return due.length === verificationsMax
}

async function tell(ctx: Context, plans: readonly Planned[]): Promise<void> {
  const news = plans.flatMap(({ one, plan }) =>
    plan.tell.map((told) => ({ one, plan, ...told, event: eventOf(one, told, plan) })),
  )
  await publishEvents(
    ctx,
    news.map(({ event }) => event),
  )
  const called = news.flatMap((told) => {
    const { callbackUrl: url } = told.one
    return url === null ? [] : [{ ...told, url }]
  })
  await publishToCallbacks(
    ctx,
    called.filter(({ one }) => one.callbackFormat === 'standard'),
  )
  await publishSteps(ctx, called.filter(({ one }) => one.callbackFormat !== 'standard').flatMap(stepOf))
}

function planFor(one: DueVerification): FollowPlan {
  return followVerification({
    status: one.status,
    reported: one.reportedAt !== null,
    told: one.told,
    step: one.step,
    senders: one.senderIds.length,
    fallbackMs: one.fallbackSeconds * 1_000,
    expiresInMs: one.expiresInMs,
    sentAgoMs: one.sentAgoMs,
    messages: one.messages,
  })
}

/** A step as a callback by query tells it; nothing where it has no word for it. */
function stepOf({ one, plan, step, key, url }: Planned & StepToTell & { url: string }): StepCallback[] {
  if (step === 'expired' || step === 'reported') return []
  // That a code was wrong was told by the call that judged it.
  if (step === 'failed' && plan.failure !== 'undeliverable') return []
  const { id: verificationId, accountId, address, createdAt } = one
  const id = idFrom(after(createdAt, callbackStatuses[step]), `callback ${verificationId} ${key}`)
  return [{ accountId, url, verificationId, address, step, id }]
}

function eventOf(one: DueVerification, { step, key }: StepToTell, { failure }: FollowPlan): NewEvent {
  const data = {
    id: one.id,
    to: one.address,
    service: one.service,
    challenge: one.challenge === '' ? null : one.challenge,
    status: one.status,
    channel: one.provider,
    session: one.sessionId,
    messageId: one.messageId,
    locale: one.locale,
    country: one.country,
    attempts: one.attempts,
    sends: one.sends,
    test: one.test,
    createdAt: one.createdAt.toISOString(),
    expiresAt: one.expiresAt.toISOString(),
    metadata: one.metadata,
  }
  const facts = {
    accountId: one.accountId,
    sessionId: one.sessionId,
    orderKey: one.address,
    id: idFrom(one.createdAt, `otp ${one.id} ${key}`),
  }
  if (step === 'failed') {
    return { ...facts, type: 'otp.failed', data: { ...data, reason: failure ?? 'undeliverable' } }
  }
  return { ...facts, type: `otp.${step}`, data }
}

/** One verification that cannot fall back keeps no other from it; it is looked at again when it is due. */
async function fallBackSafely(ctx: Context, one: DueVerification): Promise<void> {
  try {
    await fallBack(ctx, one)
  } catch (error) {
    const expected = error instanceof AppError
    const level = expected ? 'info' : 'error'
    ctx.log[level]({ err: error, verificationId: one.id }, 'a code could not be sent by the next sender')
  }
}

/** Sends the same code by the next sender that can, and calls back what still waits at the one before. */
async function fallBack(ctx: Context, one: DueVerification): Promise<void> {
  const by = await findSentBy(ctx.db, one.keyId)
  if (by === null || one.sealedCode === null) return
  const service = await findOtpService(ctx, one.accountId, one.service)
  const sessions = await Promise.all(
    one.senderIds.map((id) => findAccountSession(ctx, one.accountId, id).catch(() => null)),
  )
  const present = sessions.map((session, step) => ({ session, step })).filter(({ step }) => step > one.step)
  const next = present.flatMap(({ session }) => (session === null ? [] : [session]))
  const route = await chooseRoute(
    ctx,
    {
      by,
      service,
      address: one.address,
      country: one.country,
      locale: one.localeAsked,
      metadata: one.metadata,
      wording: one.wording,
    },
    next,
  )
  const step = one.senderIds.indexOf(route.session.id)
  const code = openCode(ctx, one.id, one.sealedCode)
  const announce = await ctx.db.transaction(async (tx) => {
    const expiresAt = await insertFurtherSend(tx, {
      verificationId: one.id,
      sendId: newId(),
      messageId: route.message.id,
      kind: 'fallback',
      waitSeconds: 0,
      locale: route.locale,
      client: null,
      senders: one.senderIds,
      step,
      shadow: [],
      wording: null,
      callback: null,
      replaced: null,
    })
    if (expiresAt === null) return null
    const message = messageWith(ctx, route, { code, expiresAt, lifeMs: one.expiresInMs })
    const accepted = await acceptWithin(ctx, tx, message)
    if (accepted.state !== 'accepted') {
      throw tooFewCredits(ctx, { left: 0, needed: creditsPerMessage })
    }
    return accepted.announce
  })
  if (announce === null) return
  announce()
  await recallMessages(ctx, one.accountId, one.messages)
}
