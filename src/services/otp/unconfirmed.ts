import type { Context } from '../../context.ts'
import { claimUnconfirmed, endUnconfirmed } from '../../db/stores/otp/texts.ts'
import { idFrom } from '../../kit/id.ts'
import { publishEvents } from '../webhooks/publish.ts'

const messagesMax = 200

/**
 * Tells of texts that WhatsApp took, and whose delivery was not confirmed in time. Any number of processes may do so at
 * once: what is published twice, after a crash, is one event by its id. Returns true when there may be more.
 */
export async function tellUnconfirmed(ctx: Context): Promise<boolean> {
  const claimed = await claimUnconfirmed(ctx.db, messagesMax)
  const over = claimed.flatMap(({ id, accountId, messageId, sent }) =>
    sent === null ? [] : [{ id, accountId, messageId, ...sent }],
  )
  if (over.length === 0) return claimed.length === messagesMax
  await publishEvents(
    ctx,
    over.map(({ accountId, messageId, sessionId, address, rev, expiresAt, ...rest }) => ({
      id: idFrom(new Date(expiresAt), `unconfirmed ${messageId}`),
      accountId,
      sessionId,
      orderKey: address,
      at: new Date(expiresAt),
      type: 'message.unconfirmed' as const,
      data: {
        messageId,
        status: 'unconfirmed' as const,
        to: address,
        session: sessionId,
        batchId: rest.batchId,
        externalId: rest.externalId,
        createdAt: rest.createdAt,
        sentAt: rest.sentAt,
        deliveredAt: null,
        readAt: null,
        failedAt: null,
        errorCode: null,
        errorMessage: null,
        metadata: rest.metadata,
        dryRun: rest.dryRun,
        provider: null,
        sequence: rev,
        occurredAt: expiresAt,
      },
    })),
  )
  await endUnconfirmed(
    ctx.db,
    over.map(({ id }) => id),
  )
  return claimed.length === messagesMax
}
