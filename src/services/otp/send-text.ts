import type { Context } from '../../context.ts'
import type { NewMessage } from '../../db/stores/messages/accept.ts'
import { insertTextSend, listTold } from '../../db/stores/otp/texts.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { creditsPerMessage } from '../../domain/billing/credits.ts'
import { maskedCode } from '../../domain/otp/code.ts'
import { tooManySends, type SendRefusal } from '../../domain/otp/send-rules.ts'
import { defaultServiceName } from '../../domain/otp/service.ts'
import type { CodeText } from '../../domain/otp/text.ts'
import { newId } from '../../kit/id.ts'
import { operatorsDay, withinDay } from '../accounts/rate-limits.ts'
import { refusalAtWriting } from '../accounts/api-keys.ts'
import { tooFewCredits } from '../billing/credits.ts'
import { sealContent } from '../common/sealed.ts'
import { acceptWithin } from '../messages/accept-within.ts'
import { draftMessage } from '../messages/draft.ts'
import { judgeSend, sendLocks, standingOf, type Standing } from './sending/decide.ts'
import { findSubject, type Prepared } from './sending/prepare.ts'
import { sendersOf, throughFirst } from './sending/route.ts'
import { textFormFor } from './sending/text-content.ts'
import { inTurn } from './slots.ts'

/** A text with a code of the app's own, which the app checks itself. */
export interface TextSend {
  to: string
  given: CodeText
  /** The address of the app's user. */
  clientIp: string | null
  metadata: Record<string, unknown>
}

type Outcome = { state: 'sent'; announce(): void } | { state: 'refused'; refusal: SendRefusal }

/**
 * Sends a text as a message of its own, within the limits of the service `default`, and returns the id of the message.
 * Where it holds a code, the code is kept sealed. Throws what `sendCode` does for a first send, but
 * `idempotency_conflict`, and `otp_template_missing` for a text that no sender takes.
 */
export async function sendText(ctx: Context, caller: Caller, request: TextSend): Promise<string> {
  const accountId = caller.account.id
  const subject = await findSubject(ctx, accountId, { ...request, service: defaultServiceName })
  const message = await draftText(ctx, caller, request, subject)
  const turn = { accountId, subject: subject.number.address }
  const outcome = await inTurn(ctx, turn, () =>
    withinDay(ctx, { day: operatorsDay(ctx), accountId, amount: 1 }, async () => {
      const result = await decideAndAccept(ctx, { caller, subject, message })
      return { result, written: result.state === 'sent' ? 1 : 0 }
    }),
  )
  if (outcome.state === 'refused') throw tooManySends(outcome.refusal.code, outcome.refusal.retryMs)
  outcome.announce()
  return message.id
}

interface TextOfCaller {
  caller: Caller
  subject: Subject
  message: NewMessage
}

type Subject = Pick<Prepared, 'service' | 'number' | 'client'>

/** The message through the first sender that takes it. */
async function draftText(
  ctx: Context,
  caller: Caller,
  { given, metadata }: TextSend,
  { service, number }: Subject,
): Promise<NewMessage> {
  const { text, code, masked } = given
  const isSecret = masked !== text
  const senders = await sendersOf(ctx, caller, service, null)
  return throughFirst(senders, 0, async (session) => {
    const form = await textFormFor(ctx, session, { by: caller, service, number, given })
    const { message } = await draftMessage(ctx, caller, {
      to: number.address,
      content: form({ text: masked, code: maskedCode }),
      session: session.id,
      sendAt: null,
      ttlSeconds: isSecret ? service.settings.ttlSeconds : null,
      priority: 'high',
      metadata,
      dryRun: false,
      replyTo: null,
    })
    const content = form({ text, code: code ?? '' })
    return isSecret
      ? { ...message, sealed: sealContent(ctx, message.id, { content, secret: code ?? text }) }
      : message
  })
}

async function decideAndAccept(
  ctx: Context,
  { caller, subject: { service, number, client }, message }: TextOfCaller,
): Promise<Outcome> {
  const { accountId, id: messageId } = message
  const target = { accountId, service, number, client }
  return ctx.db.lockedTransaction<Standing, Outcome>(
    sendLocks(target, null),
    (tx) => standingOf(tx, target),
    async (tx, standing) => {
      const decision = await judgeSend(tx, target, standing)
      if (!decision.allowed) return { state: 'refused', refusal: decision.refusal }
      const { shadow } = decision
      const sent = { id: newId(), accountId, messageId, service: service.name, ...number, client, shadow }
      const [accepted] = await Promise.all([
        acceptWithin(ctx, tx, message),
        insertTextSend(tx, { ...sent, confirmBy: message.expiresAt }),
      ])
      if (accepted.state === 'unpaid') throw tooFewCredits(ctx, { left: 0, needed: creditsPerMessage })
      if (accepted.state !== 'accepted') throw await refusalAtWriting(ctx, caller)
      return { state: 'sent', announce: accepted.announce }
    },
  )
}

/** How texts stand beyond their messages: which of them a webhook told of, and the time at which that was read. */
export interface TextStanding {
  told: ReadonlySet<string>
  /** By the database's clock. */
  at: Date
}

/** How some messages of an account stand, where they were sent as texts. */
export async function readTextStanding(
  ctx: Context,
  accountId: string,
  ids: readonly string[],
): Promise<TextStanding> {
  const { told, at } = await listTold(ctx.db, accountId, ids)
  return { told: new Set(told), at }
}
