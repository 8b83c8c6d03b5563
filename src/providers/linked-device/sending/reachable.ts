import type { WASocket } from '@whiskeysockets/baileys'
import { createBatcher } from '../../../kit/concurrency/batcher.ts'
import { userOf } from '../protocol/jid.ts'

/** Whether numbers are on WhatsApp. */
export interface Reachability {
  /** Throws when WhatsApp does not answer. */
  isOnWhatsApp(phone: string): Promise<boolean>
  /** Somebody who wrote to us is. */
  learn(phone: string): void
}

const knownMs = { yes: 7 * 24 * 3_600_000, no: 3_600_000 }
const knownMax = 20_000

/**
 * Asks WhatsApp for numbers that are not known yet, those that are asked at the same time together, and remembers the
 * answers. To write to numbers that are not on WhatsApp is what gets a device banned.
 */
export function createReachability(socket: Pick<WASocket, 'onWhatsApp'>): Reachability {
  const known = new Map<string, { answer: boolean; untilMs: number }>()

  function remember(phone: string, answer: boolean): void {
    known.delete(phone)
    known.set(phone, { answer, untilMs: performance.now() + (answer ? knownMs.yes : knownMs.no) })
    for (const oldest of known.keys()) {
      if (known.size <= knownMax) break
      known.delete(oldest)
    }
  }

  const questions = createBatcher<string, boolean>({
    itemsMax: 50,
    lanes: 1,
    waitingMax: Infinity,
    async run(phones) {
      const found = await socket.onWhatsApp(...new Set(phones))
      if (found === undefined) throw new Error('WhatsApp did not say who is on WhatsApp')
      // Only numbers that are there come back. A number may come back as another one: a ninth digit, an old code.
      const there = new Set(found.filter(({ exists }) => exists === true).map(({ jid }) => userOf(jid)))
      return phones.map((phone) => {
        remember(phone, there.has(phone))
        return { status: 'fulfilled', value: there.has(phone) }
      })
    },
  })

  return {
    async isOnWhatsApp(phone) {
      const found = known.get(phone)
      if (found !== undefined && found.untilMs > performance.now()) return found.answer
      return questions.add(phone)
    },
    learn: (phone) => remember(phone, true),
  }
}
