import type { Refusal } from './errors.ts'
import type { Phone } from './options.ts'

/** Meta's two throughput limits: messages per second of a number, and of a number to one recipient. */
export interface Limits {
  /** Takes a slot for a message, or says why there is none. `nowMs` may be any monotonous clock. */
  take(phone: Phone, to: string, nowMs: number): Refusal | null
}

export function createLimits(pair: { everyMs: number; burst: number } | null): Limits {
  // Theoretical arrival times (GCRA): one number holds what a token bucket keeps in two.
  const numbers = new Map<string, number>()
  const pairs = new Map<string, number>()
  return {
    take(phone, to, nowMs) {
      const { mps } = phone
      if (mps !== null && !slot(numbers, phone.id, { everyMs: 1_000 / mps, burst: mps }, nowMs))
        return numberFull
      if (pair && !slot(pairs, `${phone.id} ${to}`, pair, nowMs)) return pairFull
      return null
    },
  }
}

const numberFull: Refusal = {
  code: 130429,
  subcode: 2494055,
  details: 'Cloud API message throughput has been reached.',
}
const pairFull: Refusal = {
  code: 131056,
  details: 'Too many messages sent from this phone number to the same recipient in a short period of time.',
}

function slot(
  arrivals: Map<string, number>,
  key: string,
  { everyMs, burst }: { everyMs: number; burst: number },
  nowMs: number,
): boolean {
  const next = Math.max(arrivals.get(key) ?? nowMs, nowMs) + everyMs
  // The margin keeps sums of binary fractions from costing the last slot of a burst.
  if (next - nowMs > everyMs * burst + 1e-6) return false
  arrivals.set(key, next)
  return true
}
