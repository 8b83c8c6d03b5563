import type { WASocket } from '@whiskeysockets/baileys'
import { z } from 'zod'
import { within } from '../../../kit/concurrency/within.ts'
import type { Refusal } from '../../contract.ts'

/** The chat of a message, and in a group who wrote it, as `socket/arrivals.ts` keeps them with it. */
const place = z.object({ from: z.string().min(1), participant: z.string().optional() })

const sendMsMax = 6_000

/** Marks a message as read, and with `typing` shows that an answer is being written. Nothing acknowledges either. */
export async function markRead(
  socket: Pick<WASocket, 'readMessages' | 'sendPresenceUpdate'>,
  { externalId: id, typing, raw }: { externalId: string; typing: boolean; raw: unknown },
): Promise<{ ok: true } | Refusal> {
  const read = place.safeParse(raw)
  if (!read.success) return unreachable('It is not known in which chat the message came')
  const { from: remoteJid, participant } = read.data
  const key = { remoteJid, id, fromMe: false, ...(participant !== undefined && { participant }) }
  async function send(): Promise<'sent'> {
    await socket.readMessages([key])
    if (typing) await socket.sendPresenceUpdate('composing', remoteJid)
    return 'sent'
  }
  const result = await within(
    sendMsMax,
    send().catch(() => 'failed' as const),
    'late' as const,
  )
  return result === 'sent' ? { ok: true } : unreachable('WhatsApp did not answer')
}

function unreachable(detail: string): Refusal {
  return { ok: false, code: 'provider_unreachable', detail }
}
