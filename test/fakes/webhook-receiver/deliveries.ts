import type { IncomingHttpHeaders } from 'node:http'
import { Webhook } from 'standardwebhooks'

/** One request that reached the receiver, true or forged. */
export interface Delivery {
  /** Arrival, Unix milliseconds. */
  at: number
  path: string
  webhookId: string
  /** The `webhook-timestamp` header, Unix seconds as sent. */
  timestamp: string
  headers: IncomingHttpHeaders
  /** The bytes as they came, as text. */
  body: string
  /** The parsed body; null when it is no JSON. */
  payload: unknown
  verified: boolean
  /** Why it was not verified. */
  problem: string | null
}

/** The deliveries so far, and whoever waits for one. */
export interface Deliveries {
  add(delivery: Delivery): void
  readonly all: readonly Delivery[]
  /** By `webhook-id`, in order of arrival: one event and its retries. */
  groups(): ReadonlyMap<string, readonly Delivery[]>
  /** Ids whose body changed between deliveries; a retry must repeat the bytes. */
  inconsistent(): string[]
  waitFor(wanted: (delivery: Delivery) => boolean, timeoutMs: number): Promise<Delivery>
  clear(): void
}

export function createDeliveries(): Deliveries {
  const all: Delivery[] = []
  const groups = new Map<string, Delivery[]>()
  const waiting = new Set<(delivery: Delivery) => void>()
  return {
    all,
    groups: () => groups,
    add(delivery) {
      all.push(delivery)
      const group = groups.get(delivery.webhookId)
      if (group) group.push(delivery)
      else groups.set(delivery.webhookId, [delivery])
      for (const tell of waiting) tell(delivery)
    },
    inconsistent: () =>
      [...groups]
        .filter(([, [first, ...rest]]) => rest.some((one) => one.body !== first?.body))
        .map(([id]) => id),
    waitFor(wanted, timeoutMs) {
      const present = all.find(wanted)
      if (present) return Promise.resolve(present)
      return new Promise((resolve, reject) => {
        const tell = (delivery: Delivery) => {
          if (!wanted(delivery)) return
          waiting.delete(tell)
          clearTimeout(timer)
          resolve(delivery)
        }
        const timer = setTimeout(() => {
          waiting.delete(tell)
          reject(new Error(`no such delivery within ${timeoutMs} ms; ${all.length} came`))
        }, timeoutMs)
        waiting.add(tell)
      })
    },
    clear() {
      all.length = 0
      groups.clear()
    },
  }
}

/** Proves a delivery with the reference implementation. Returns what is wrong with it, or null. */
export function problemOf(body: Buffer, headers: IncomingHttpHeaders, secret: string | null): string | null {
  if (secret === null) return 'no secret is set'
  const signed = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(headers[name] ?? ''),
    ]),
  )
  try {
    new Webhook(secret).verify(body, signed, { jsonParse: false })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
