import type { Context } from '../../context.ts'
import { insertInbound, type InboundMessage } from '../../db/stores/messages/inbound.ts'
import { findSessions, findSessionsBySender } from '../../db/stores/sessions/read.ts'
import { eventLimits, viewInbound, type Received } from '../../domain/messages/inbound-view.ts'
import type { InboundEvent } from '../../domain/provider-event.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { groupBy } from '../../kit/group.ts'
import { newId } from '../../kit/id.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import type { Verified } from './apply.ts'
import { learnAliases, type Encounter } from '../contacts/aliases.ts'
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
  await learnAliases(ctx, messages.flatMap(encounterOf))
  enqueueDeliveries(ctx, await insertInbound(ctx.db, messages))
  forgetInboundCache(ctx, new Set(messages.map((message) => message.accountId)))
}

/** A customer who shows both addresses. News of WhatsApp itself name those that they had before. */
function encounterOf({ accountId, address, content }: InboundMessage): Encounter[] {
  const { type, from = address, fromUserId: userId } = content
  return type === 'system' ? [] : [{ accountId, used: from, person: { address: from, userId } }]
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
  return ({ event, verifiedBy }) => {
    const named = event.senderId === null ? [] : (bySender.get(event.senderId) ?? [])
    if (verifiedBy === null) return named.filter((session) => session.verifiedAt !== null)
    return named.filter((session) => session.accountId === owners.get(verifiedBy)?.accountId)
  }
}

function inboundOf(event: InboundEvent, session: Session): InboundMessage {
  const content = receivedOf(event)
  return {
    id: newId(),
    accountId: session.accountId,
    sessionId: session.id,
    externalId: event.externalId,
    // A group's message is answered to the group.
    address: event.beside?.group?.id ?? event.from,
    content,
    told: viewInbound(content, eventLimits),
    body: event.body,
    replyTo: event.replyTo,
    at: new Date(event.at),
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
