import type { Context } from '../../context.ts'
import { findMessage } from '../../db/stores/messages/read.ts'
import { publishReadAnswer, type DeviceSignal } from '../links/signals.ts'
import type { Holder } from './holder.ts'

/** Marks a customer's message as read through a device that is held here, and answers whoever asked for it. */
export async function markReadHere(
  ctx: Context,
  holder: Holder | undefined,
  { message: id, typing, request }: Extract<DeviceSignal, { kind: 'read' }>,
): Promise<void> {
  publishReadAnswer(ctx, request, await markRead(ctx, holder, { id, typing }).catch(failed))
}

async function markRead(
  ctx: Context,
  holder: Holder | undefined,
  { id, typing }: { id: string; typing: boolean },
): Promise<string | null> {
  const channel = holder?.live.channel ?? null
  if (holder === undefined || channel === null) return 'The device is not connected.'
  const message = await findMessage(ctx.db, holder.session.accountId, id)
  if (message === null || message.externalId === null) return 'There is no such message.'
  const { externalId, received } = message
  const result = await channel.markRead?.({ externalId, typing, raw: received?.raw }, ctx.outOfTime)
  return result === undefined || result.ok ? null : result.detail
}

function failed(): string {
  return 'The message could not be marked as read.'
}
