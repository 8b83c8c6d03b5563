import type { Context } from '../../../context.ts'
import { insertInbound, type InboundMessage } from '../../../db/stores/messages/conversation/inbound.ts'
import { eventLimits, viewInbound, type Received } from '../../../domain/messages/inbound-view.ts'
import type { InboundEvent } from '../../../domain/provider-event.ts'
import type { Session } from '../../../domain/sessions/session.ts'
import { newId } from '../../../kit/id.ts'
import { enqueueDeliveries } from '../../webhooks/publish.ts'
import { learnAliases, type Encounter } from '../../contacts/aliases.ts'
import { notRequestedPayload, reportNotRequested } from '../../otp/reported.ts'
import type { Receivers } from '../receivers.ts'
import type { Verified } from '../verified.ts'
import { forgetInboundCache } from '../../contacts/window.ts'
import { notAfter } from '../../../kit/clock.ts'

/** Stores what customers sent, once for each sender that it was sent to. */
export async function storeInbound(
  ctx: Context,
  verified: readonly Verified<InboundEvent>[],
  receivers: Receivers,
): Promise<void> {
  const messages = verified.flatMap((one) => receivers.of(one).map((session) => inboundOf(one, session)))
  if (messages.length === 0) return
  await learnAliases(ctx, messages.flatMap(encounterOf))
  enqueueDeliveries(ctx, await insertInbound(ctx.db, messages))
  forgetInboundCache(ctx, new Set(messages.map((message) => message.accountId)))
  await reportNotRequested(ctx, messages.flatMap(notRequested))
}

/** The message with a one-time password whose recipient pressed that they did not ask for it. */
function notRequested({ accountId, content, replyTo }: InboundMessage) {
  const { said } = content
  const pressed = said !== undefined && said !== null && 'reply' in said ? said.reply.id : null
  return pressed === notRequestedPayload && replyTo !== null ? [{ accountId, externalId: replyTo }] : []
}

/** A customer who shows both addresses. A `system` message names an address that they had before. */
function encounterOf({ accountId, address, content }: InboundMessage): Encounter[] {
  const { type, from = address, fromUserId: userId } = content
  return type === 'system' ? [] : [{ accountId, used: from, person: { address: from, userId } }]
}

function inboundOf({ event, receivedAt }: Verified<InboundEvent>, session: Session): InboundMessage {
  const content = receivedOf(event)
  return {
    id: newId(),
    accountId: session.accountId,
    sessionId: session.id,
    externalId: event.externalId,
    // A group's message is answered to the group.
    address: event.beside?.group?.id ?? event.from,
    content,
    view: viewInbound(content, eventLimits),
    body: event.body,
    replyTo: event.replyTo,
    at: notAfter(new Date(event.at), receivedAt),
  }
}

function receivedOf(event: InboundEvent): Received {
  return {
    type: event.type,
    profileName: event.profileName,
    fromUserId: event.fromUserId,
    ...(event.beside?.group !== undefined && { from: event.from }),
    ...(event.media !== undefined && { media: event.media }),
    ...event.beside,
    raw: event.raw,
    said: event.content,
  }
}
