import type { Context } from '../../context.ts'
import { listOtpMessages } from '../../db/stores/otp/read.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { tooManySends } from '../../domain/otp/send-rules.ts'
import { operatorsDay, withinDay } from '../accounts/rate-limits.ts'
import { findReplay, type Idempotency } from '../messages/idempotency.ts'
import { decideAndWrite } from './sending/decide.ts'
import { prepare, sentShape, type OtpRequest, type OtpSent } from './sending/prepare.ts'
import { recallMessages } from './recall.ts'
import { inTurn } from './slots.ts'

// The front door of the room: sends a code; the folder `sending` has what happens on its way (`prepare` finds the sender
// and the words, `decide` judges and writes under locks). The others: `verify` judges codes, `manage` reads, cancels and
// sends again, `follow` does what time and receipts bring, `reported` takes the word of recipients, `services` keeps the
// settings, `template` makes templates, `recall` calls back what need not go out any more, `send-text` sends texts with
// codes that apps check themselves, `unconfirmed` tells of those that were not delivered, `analytics` sums up, and
// `slots` keeps one number from holding up all.

/**
 * Sends a code to a number. While one is pending in the same scope, that one is sent again, with the same end; with
 * another code of the app's, that takes its place, and wrong guesses go on counting.
 *
 * Throws `validation_failed`, `otp_service_not_found`, `country_not_allowed`, the refusals of `decideSend`,
 * `resend_cooldown`, `send_budget`, what `chooseRoute` and `sendersOf` throw, `idempotency_conflict`,
 * `insufficient_credits`, `rate_limited` and `unavailable`.
 */
export async function sendCode(
  ctx: Context,
  caller: Caller,
  request: OtpRequest,
  idempotency: Idempotency | null,
): Promise<{ sent: OtpSent; replayed: boolean }> {
  const { id: accountId } = caller.account
  const keyed = idempotency === null ? null : keyedFingerprint(ctx, idempotency)
  const earlier = keyed === null ? null : await findReplay(ctx.db, accountId, keyed, sentShape)
  if (earlier !== null) return { sent: earlier, replayed: true }
  const prepared = await prepare(ctx, caller, request, keyed)
  const subject = prepared.number.address
  const outcome = await inTurn(ctx, { accountId, subject }, () =>
    withinDay(ctx, { day: operatorsDay(ctx), accountId, amount: 1 }, async () => {
      const result = await decideAndWrite(ctx, prepared)
      return { result, written: result.state === 'sent' ? 1 : 0 }
    }),
  )
  switch (outcome.state) {
    case 'sent':
      outcome.announce()
      if (outcome.voids !== null) await recallVoid(ctx, accountId, outcome.voids, outcome.sent)
      return { sent: outcome.sent, replayed: false }
    case 'replayed':
      return { sent: outcome.sent, replayed: true }
    case 'refused':
      throw tooManySends(outcome.refusal.code, outcome.refusal.retryMs)
  }
}

/** Messages that carry the code before, and have not left yet, would only mislead. */
async function recallVoid(
  ctx: Context,
  accountId: string,
  id: string,
  { messageId }: OtpSent,
): Promise<void> {
  const messages = await listOtpMessages(ctx.db, id)
  await recallMessages(
    ctx,
    accountId,
    messages.filter((message) => message.id !== messageId),
  )
}

/** A plain hash of a request with a code in it would tell the code to whoever tries them all. */
function keyedFingerprint(ctx: Context, { key, fingerprint }: Idempotency): Idempotency {
  const hashes = ctx.encrypter.hashes(fingerprint.toString('hex'), 'otp-fingerprint').map(({ hash }) => hash)
  const [newest = fingerprint, ...alternatives] = hashes
  return { key, fingerprint: newest, alternatives }
}
