import type { Context } from '../../../context.ts'
import { insertEchoes, type EchoedMessage } from '../../../db/stores/messages/conversation/echoes.ts'
import type { EchoEvent } from '../../../domain/provider-notices.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { capped } from '../../../kit/storable.ts'
import { idFrom } from '../../../kit/id.ts'
import { learnAliases, type Encounter } from '../../contacts/aliases.ts'
import { enqueueDeliveries } from '../../webhooks/publish.ts'
import type { Receivers } from '../receivers.ts'
import type { Verified } from '../verified.ts'
import { notAfter } from '../../../kit/clock.ts'

/** Of a message in the provider's words, in an event. */
const rawCharsMax = 6_000

/** Stores what a business sent by other means than us, as messages of the conversation that are not ours. */
export async function storeEchoes(
  ctx: Context,
  verified: readonly Verified<EchoEvent>[],
  receivers: Receivers,
): Promise<void> {
  const messages = verified.flatMap((one) => receivers.of(one).map((session) => echoOf(one, session)))
  if (messages.length === 0) return
  await learnAliases(
    ctx,
    verified.flatMap((one) => receivers.of(one).flatMap((session) => encounterOf(one.event, session))),
  )
  enqueueDeliveries(ctx, await insertEchoes(ctx.db, messages))
}

/** The recipient, by both of their addresses; none where the message went to a group. */
function encounterOf({ to, toUserId: userId, groupId }: EchoEvent, { accountId }: LiveSession): Encounter[] {
  return groupId == null ? [{ accountId, used: to, person: { address: to, userId } }] : []
}

function echoOf({ event, receivedAt }: Verified<EchoEvent>, session: LiveSession): EchoedMessage {
  const at = notAfter(new Date(event.at), receivedAt)
  return {
    id: idFrom(at, `echo ${session.id} ${event.externalId}`),
    accountId: session.accountId,
    sessionId: session.id,
    origin: event.origin,
    externalId: event.externalId,
    // A message to a group belongs to the group.
    address: event.groupId ?? event.to,
    content: {
      type: event.type,
      profileName: null,
      fromUserId: event.toUserId,
      ...(event.media !== undefined && { media: event.media }),
      raw: event.raw,
      said: event.content,
    },
    raw: capped(event.raw, rawCharsMax),
    body: event.body,
    replyTo: event.replyTo,
    at,
  }
}
