import type { Context } from '../../context.ts'
import { forgetChat, permitChats, readChatUse } from '../../db/stores/devices/chats.ts'
import type { WaitingReason } from '../../domain/devices/waiting.ts'
import type { SendErrorCode } from '../../domain/messages/send-errors.ts'
import { liveDevice, type LiveDevice } from './live.ts'

/** People whose chats this process remembers for each device. */
const knownMax = 20_000
/** When to look again for a message to somebody new, if nothing says when. */
const lookAgainMs = 15 * 60_000

/** Which of some people a device may write to now, and for how long messages to the others wait. */
export interface ChatPermits {
  refused: ReadonlySet<string>
  waitMs: number
  reason: WaitingReason
}

/**
 * Asks whether a device may write to people. Those who have a chat always get through; new chats are counted, and end
 * when the day's are used up, or while the network refuses them.
 */
export async function askToWrite(
  ctx: Context,
  device: LiveDevice,
  addresses: readonly string[],
): Promise<ChatPermits> {
  const now = ctx.clock.now()
  const { restrictedUntil, newChatsPerDay } = device
  const isRestricted = restrictedUntil !== null && restrictedUntil > now
  const refused = await device.asking(async () => {
    const unknown = [...new Set(addresses)].filter((address) => !device.known.has(address))
    if (unknown.length === 0) return new Set<string>()
    const max = isRestricted ? 0 : newChatsPerDay
    const answers = await permitChats(ctx.db, { sessionId: device.sessionId, addresses: unknown, max })
    for (const { address, permit } of answers) if (permit !== 'refused') remember(device, address)
    return new Set(answers.flatMap(({ address, permit }) => (permit === 'refused' ? [address] : [])))
  })
  if (refused.size === 0) return { refused, waitMs: 0, reason: 'new_chats_capped' }
  if (isRestricted) {
    const waitMs = Math.min(restrictedUntil.getTime() - now.getTime(), 6 * 3_600_000)
    return { refused, waitMs, reason: 'new_chats_restricted' }
  }
  const use = (await readChatUse(ctx.db, [device.sessionId])).get(device.sessionId)
  const waitMs = Math.max(1_000, Math.min(use?.nextInMs ?? lookAgainMs, lookAgainMs))
  return { refused, waitMs, reason: 'new_chats_capped' }
}

/** Refusals after which no chat has come about. */
const chatless: ReadonlySet<SendErrorCode> = new Set<SendErrorCode>([
  'recipient_not_on_whatsapp',
  'new_chats_restricted',
])

/** Takes a new chat back that a refusal kept from coming about. */
export async function takeChatBack(
  ctx: Context,
  { sessionId, address, code }: { sessionId: string; address: string; code: SendErrorCode },
): Promise<void> {
  const device = liveDevice(ctx, sessionId)
  if (device === null || !chatless.has(code)) return
  device.known.delete(address)
  await forgetChat(ctx.db, sessionId, address)
}

function remember({ known }: LiveDevice, address: string): void {
  known.add(address)
  for (const oldest of known) {
    if (known.size <= knownMax) break
    known.delete(oldest)
  }
}
