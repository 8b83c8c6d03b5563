import type { Context } from '../../../context.ts'
import type { Caller } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import { isSendErrorCode, sendErrorRule } from '../../../domain/messages/send-errors.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { after } from '../../../kit/clock.ts'
import { recentDevice } from '../../../services/links/state.ts'
import { nextNewChatAt } from '../../../services/links/view.ts'
import { acceptMessage } from '../../../services/messages/accept.ts'
import { awaitHandover, type Handover } from '../../../services/messages/handover.ts'
import { findSession, notPaired } from './sessions.ts'

/** A text to somebody, through the sender that a client knows by `key`. */
export interface TextMessage {
  key: string
  /** E.164 digits. */
  to: string
  text: string
}

/**
 * Sends a text and waits for the provider's word. True when the provider has taken it, false when it goes on without a
 * word so far. Throws `session_not_linked`, `rate_limited` for what would wait too long and was canceled, the refusals of
 * the provider, and what `acceptMessage` does.
 */
export async function sendText(
  ctx: Context,
  caller: Caller,
  { key, to, text }: TextMessage,
): Promise<boolean> {
  const session = await findSession(ctx, caller, key)
  if (session === null) throw notPaired()
  await assertComesBack(ctx, session)
  const { accepted } = await acceptMessage(
    ctx,
    caller,
    {
      to,
      content: { type: 'text', body: text },
      session: session.id,
      sendAt: null,
      ttlSeconds: null,
      priority: 'normal',
      metadata: null,
      dryRun: false,
      replyTo: null,
    },
    null,
  )
  const withinMs = ctx.config.http.answerWithinMs
  const handover = await awaitHandover(ctx, { accountId: caller.account.id, id: accepted.id, withinMs })
  return conclude(ctx, handover, { session, to })
}

/** A device that its owner disconnected waits for them: nothing would be sent. */
async function assertComesBack(ctx: Context, session: LiveSession): Promise<void> {
  const device = await recentDevice(ctx, session.id)
  if (device?.state !== 'disconnected' || device.wanted) return
  throw new AppError(
    'session_stopped',
    'Session is not connected: it was disconnected. Call POST /api/whatsapp/connect.',
  )
}

async function conclude(
  ctx: Context,
  handover: Handover,
  { session, to }: { session: LiveSession; to: string },
): Promise<boolean> {
  switch (handover.kind) {
    case 'sent':
      return true
    case 'pending':
      return false
    case 'ended':
      throw endedRefusal(handover, to)
    case 'canceled':
      throw await canceledRefusal(ctx, handover, session)
  }
}

function endedRefusal({ code, reason }: Extract<Handover, { kind: 'ended' }>, to: string): AppError {
  if (code === 'recipient_not_on_whatsapp') {
    return new AppError('bad_request', `The number ${to} is not on WhatsApp. Nothing was sent or charged.`)
  }
  const scope = code !== null && isSendErrorCode(code) ? sendErrorRule(code).scope : 'session'
  const isAboutSender = scope === 'session' || scope === 'stop'
  return new AppError(
    isAboutSender ? 'session_stopped' : 'bad_request',
    `Message not sent. ${reason ?? 'It was canceled.'}`,
  )
}

/** Why a message had to wait, where a limit of the network is the reason. */
const limits = {
  new_chats_capped: 'This number has written to as many new people as it may in 24 hours.',
  new_chats_restricted: 'WhatsApp does not let this number write to new people for now.',
} as const

async function canceledRefusal(
  ctx: Context,
  { waitingFor, retryInMs, reason }: Extract<Handover, { kind: 'canceled' }>,
  session: LiveSession,
): Promise<AppError> {
  const now = ctx.clock.now()
  const isLimit = waitingFor === 'new_chats_capped' || waitingFor === 'new_chats_restricted'
  const because = isLimit
    ? limits[waitingFor]
    : (reason ?? 'This number has more messages to send first, at its pace.')
  const at = (isLimit ? await nextNewChatAt(ctx, session) : null) ?? after(now, retryInMs)
  const hour = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return new AppError(
    'rate_limited',
    `Message not sent, and not charged. ${because} Send it again at ${hour}.`,
    {
      retryAfterSeconds: Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1_000)),
    },
  )
}
