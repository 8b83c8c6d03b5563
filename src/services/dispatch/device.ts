import type { Context } from '../../context.ts'
import type { PeekedMessage } from '../../db/stores/messages/claim.ts'
import type { WaitingReason } from '../../domain/devices/waiting.ts'
import { liveDevice, processId } from '../devices/live.ts'
import { askToWrite } from '../devices/new-chats.ts'
import { wakeOwner } from '../links/signals.ts'
import { recentDevice } from '../links/state.ts'
import type { Sender } from '../senders/lookup.ts'
import type { DueMessages, Slot } from './dispatch.ts'

/**
 * How long messages wait for a device that is not connected: longer, the longer they have waited. When it connects
 * they are released at once.
 */
const waitMs = { min: 1_000, max: 120_000 }

interface Acts {
  plan(sender: Sender, messages: PeekedMessage[]): Promise<Slot[]>
  postpone(
    messages: PeekedMessage[],
    times: { delayMs: number; spacingMs: number; requeued: boolean; waitingFor: WaitingReason },
  ): Promise<void>
}

/**
 * Plans messages of a sender that holds a connection. They are sent in the process that holds it, and by no other: one
 * that is not this hands them on. While it is not connected they wait, and use no attempt.
 */
export async function planDevice(
  ctx: Context,
  sender: Sender,
  { lane, sessionId, messages, requeued }: DueMessages,
  { plan, postpone }: Acts,
): Promise<Slot[]> {
  const live = liveDevice(ctx, sessionId)
  if (live === null) {
    const owner = (await recentDevice(ctx, sessionId))?.ownerId ?? null
    if (owner !== null && owner !== processId(ctx)) {
      wakeOwner(ctx, { owner, lane, requeued, ids: messages.map(({ id }) => id) })
      return []
    }
  }
  if (live === null || live.channel === null) {
    await postpone(messages, { ...timesOf(messages), waitingFor: 'device_disconnected' })
    return []
  }
  const permits = await askToWrite(
    ctx,
    live,
    messages.map(({ address }) => address),
  )
  const refused = messages.filter(({ address }) => permits.refused.has(address))
  if (refused.length > 0) {
    const { waitMs: delayMs, reason: waitingFor } = permits
    await postpone(refused, { delayMs, spacingMs: 0, requeued: true, waitingFor })
  }
  const allowed = messages.filter(({ address }) => !permits.refused.has(address))
  return allowed.length === 0 ? [] : plan({ ...sender, channel: live.channel }, allowed)
}

function timesOf(messages: PeekedMessage[]): { delayMs: number; spacingMs: number; requeued: boolean } {
  const youngestMs = Math.min(...messages.map(({ ageMs }) => ageMs))
  return {
    delayMs: Math.min(waitMs.max, Math.max(waitMs.min, youngestMs / 4)),
    spacingMs: 0,
    requeued: false,
  }
}
