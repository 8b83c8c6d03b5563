import type { Context } from '../../context.ts'
import { insertInbound, type InboundMessage } from '../../db/stores/messages/inbound.ts'
import type { InboundEvent } from '../../domain/provider-event.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { newId } from '../../kit/id.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import type { Receivers } from './receivers.ts'
import type { Verified } from './verified.ts'
import { forgetInboundCache } from '../contacts/window.ts'

/** Stores what customers sent, once for each sender that it was sent to. */
export async function storeInbound(
  ctx: Context,
  verified: readonly Verified<InboundEvent>[],
  receivers: Receivers,
): Promise<void> {
  const messages = verified.flatMap((one) =>
    receivers.of(one).map((session) => inboundOf(one.event, session)),
  )
  if (messages.length === 0) return
  enqueueDeliveries(ctx, await insertInbound(ctx.db, messages))
  forgetInboundCache(ctx, new Set(messages.map((message) => message.accountId)))
}

function inboundOf(event: InboundEvent, session: Session): InboundMessage {
  return {
    id: newId(),
    accountId: session.accountId,
    sessionId: session.id,
    externalId: event.externalId,
    address: event.from,
    content: {
      type: event.type,
      profileName: event.profileName,
      fromUserId: event.fromUserId,
      ...(event.media !== undefined && { media: event.media }),
      raw: event.raw,
      said: event.content,
    },
    body: event.body,
    replyTo: event.replyTo,
    at: new Date(event.at),
  }
}
