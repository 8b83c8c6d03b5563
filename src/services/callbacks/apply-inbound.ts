import type { Context } from '../../context.ts'
import { insertInbound, type InboundMessage } from '../../db/stores/messages/inbound.ts'
import { findSessions, findSessionsBySender } from '../../db/stores/sessions/read.ts'
import type { InboundEvent } from '../../domain/provider-event.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { groupBy } from '../../kit/group.ts'
import { newId } from '../../kit/id.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import type { Verified } from './apply.ts'
import { forgetInboundCache } from '../contacts/window.ts'

/** Stores what customers sent, once for each sender that it was sent to. */
export async function storeInbound(ctx: Context, verified: Verified<InboundEvent>[]): Promise<void> {
  if (verified.length === 0) return
  const messages: InboundMessage[] = []
  for (const [provider, events] of groupBy(verified, (one) => one.provider)) {
    const receivers = await findReceivers(ctx, provider, events)
    messages.push(...events.flatMap((one) => receivers(one).map((session) => inboundOf(one.event, session))))
  }
  if (messages.length === 0) return
  enqueueDeliveries(ctx, await insertInbound(ctx.db, messages))
  forgetInboundCache(ctx, new Set(messages.map((message) => message.accountId)))
}

/**
 * Finds the sessions that the messages belong to. A number belongs to the account that verified it: the operator's secret does not keep tenants
 * apart, so only verified sessions receive. One session's own secret can only speak for that session's account.
 */
async function findReceivers(
  ctx: Context,
  provider: string,
  verified: Verified<InboundEvent>[],
): Promise<(one: Verified<InboundEvent>) => Session[]> {
  const senderIds = new Set(
    verified.flatMap(({ event }) => (event.senderId === null ? [] : [event.senderId])),
  )
  const verifiers = new Set(verified.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy])))
  const bySender = groupBy(
    await findSessionsBySender(ctx.db, provider, [...senderIds]),
    (session) => session.senderId,
  )
  const owners = await findSessions(ctx.db, [...verifiers])
  const isOwnConnection = ctx.providers.get(provider)?.connections !== undefined
  return ({ event, verifiedBy }) => {
    // What a session's own connection brought came to that session.
    const receiver = isOwnConnection && verifiedBy !== null ? owners.get(verifiedBy) : undefined
    if (receiver !== undefined) return [receiver]
    const named = event.senderId === null ? [] : (bySender.get(event.senderId) ?? [])
    if (verifiedBy === null) return named.filter((session) => session.verifiedAt !== null)
    return named.filter((session) => session.accountId === owners.get(verifiedBy)?.accountId)
  }
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
