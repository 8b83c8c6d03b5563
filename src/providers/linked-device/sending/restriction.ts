import type { WASocket } from '@whiskeysockets/baileys'
import { within } from '../../../kit/concurrency/within.ts'
import type { ConnectionPorts } from '../../contract.ts'

/** How long new chats wait when WhatsApp refuses them and does not say for how long. */
const unknownMs = 6 * 3_600_000
const askMs = 5_000

/** Asks for how long WhatsApp refuses chats with new people, reports it, and returns the milliseconds. */
export async function readRestriction(
  socket: WASocket,
  { onReport }: Pick<ConnectionPorts, 'onReport'>,
): Promise<number> {
  const lock = await within(
    askMs,
    socket.fetchAccountReachoutTimelock().catch(() => null),
    null,
  )
  const until = lock?.isActive === true ? lock.timeEnforcementEnds : undefined
  const waitMs = until === undefined ? unknownMs : Math.max(1_000, until.getTime() - Date.now())
  onReport({ kind: 'restricted', until: new Date(Date.now() + waitMs) })
  return waitMs
}
