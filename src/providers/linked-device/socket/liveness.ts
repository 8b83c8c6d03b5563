import type { WASocket } from '@whiskeysockets/baileys'
import { wait } from '../../../kit/concurrency/wait.ts'
import type { LinkedDeviceOptions } from '../options.ts'

type Timing = Pick<LinkedDeviceOptions, 'livenessEveryMs' | 'livenessTimeoutMs'>

/**
 * Asks the server again and again, and calls `onDead` for a question that is not answered in time. An open socket says
 * nothing: connections die without an end.
 */
export async function watchLiveness(
  socket: WASocket,
  timing: Timing,
  signal: AbortSignal,
  onDead: () => void,
): Promise<void> {
  while (!signal.aborted) {
    await wait(timing.livenessEveryMs * (0.8 + Math.random() * 0.4), signal)
    if (signal.aborted) return
    if (!(await answers(socket, timing))) return onDead()
  }
}

/** Asks once, at once: something was not answered. */
export async function checkLiveness(socket: WASocket, timing: Timing, onDead: () => void): Promise<void> {
  if (!(await answers(socket, timing))) onDead()
}

async function answers(socket: WASocket, { livenessTimeoutMs }: Timing): Promise<boolean> {
  try {
    const ping = { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' }
    // The library answers nothing, instead of failing, for a query that timed out.
    const answer: unknown = await socket.query(
      { tag: 'iq', attrs: ping, content: [{ tag: 'ping', attrs: {} }] },
      livenessTimeoutMs,
    )
    return answer !== undefined
  } catch {
    return false
  }
}
