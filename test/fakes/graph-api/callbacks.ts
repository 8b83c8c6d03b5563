import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { Timers } from '../timers.ts'
import type { Ledger } from './ledger.ts'
import type { CallbackSettings, Order, Phone } from './options.ts'
import { sequence } from './rules.ts'
import { metaJson, pack, type Update } from './updates.ts'

/** Posts updates to the gateway, packed, signed and repeated as Meta does. */
export interface Callbacks {
  /** Queues an update to go out after `delayMs`, `repeat` times. */
  post(update: Update, how: { delayMs: number; repeat: number; hold: boolean }): void
  /** Lets go of what was held back. */
  release(order?: Order): void
  /** One POST with these exact bytes, never repeated. Returns the HTTP status, or null when none came. */
  once(phone: Phone, body: string, signature?: 'valid' | 'wrong' | 'none'): Promise<number | null>
  /** Resolves when every update that is not held was acknowledged or given up. */
  settled(): Promise<void>
  close(): void
}

interface Target {
  url: string
  secret: string
  pending: Update[]
}

export function createCallbacks(settings: CallbackSettings, timers: Timers, ledger: Ledger): Callbacks {
  const agent = new Agent({ keepAlive: true, maxSockets: settings.postsMax })
  const targets = new Map<string, Target>()
  const held: Update[] = []
  const draw = sequence(2)
  let waiting: (() => void)[] = []
  let outstanding = 0
  let inFlight = 0
  let flushing = false
  let closed = false

  function targetOf(phone: Phone): { url: string | null; secret: string } {
    return { url: phone.callbackUrl ?? settings.url, secret: phone.appSecret ?? settings.appSecret }
  }

  function enqueue(update: Update): void {
    const { url, secret } = targetOf(update.phone)
    if (url === null) return done(1)
    const key = `${url} ${secret}`
    const target = targets.get(key) ?? { url, secret, pending: [] }
    targets.set(key, target)
    target.pending.push(update)
    if (flushing) return
    flushing = true
    timers.after(Math.max(1, settings.flushMs), () => {
      flushing = false
      flush()
    })
  }

  function flush(): void {
    for (const target of targets.values()) {
      while (target.pending.length > 0 && inFlight < settings.postsMax) {
        const updates = target.pending.splice(0, settings.updatesMax)
        const body = metaJson(pack(updates))
        attempt({ target, updates, body, attempts: 0, waitedMs: 0 })
      }
    }
  }

  function attempt(parcel: Parcel): void {
    inFlight += 1
    ledger.stats.posts += 1
    ledger.stats.updatesPosted += parcel.updates.length
    void send(parcel.target.url, parcel.body, sign(parcel.body, parcel.target.secret)).then((status) => {
      if (closed) return
      inFlight -= 1
      if (status === 200) acknowledge(parcel.updates)
      else retry(parcel)
      flush()
    })
  }

  function acknowledge(updates: readonly Update[]): void {
    ledger.stats.updatesAcknowledged += updates.length
    for (const { about } of updates) about?.message.acknowledged.push(about.status)
    done(updates.length)
  }

  function retry(parcel: Parcel): void {
    ledger.stats.postsFailed += 1
    const attempts = parcel.attempts + 1
    const delayMs = Math.min(
      settings.retryFirstMs * settings.retryFactor ** parcel.attempts,
      settings.retryCapMs,
    )
    const waitedMs = parcel.waitedMs + delayMs
    if (attempts >= settings.attemptsMax || waitedMs > settings.retryTotalMs) {
      ledger.stats.updatesAbandoned += parcel.updates.length
      return done(parcel.updates.length)
    }
    timers.after(delayMs, () => attempt({ ...parcel, attempts, waitedMs }))
  }

  function done(count: number): void {
    outstanding -= count
    if (outstanding > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function send(url: string, body: string, signature: string | null): Promise<number | null> {
    return new Promise((resolve) => {
      const outgoing = request(
        url,
        { method: 'POST', agent, headers: headersFor(body, signature) },
        (answer) => {
          answer.resume()
          answer.on('close', () => resolve(answer.statusCode ?? null))
        },
      )
      outgoing.setTimeout(settings.timeoutMs, () => outgoing.destroy())
      outgoing.on('error', () => resolve(null))
      outgoing.end(body)
    })
  }

  return {
    post(update, { delayMs, repeat, hold }) {
      for (let copy = 0; copy < repeat; copy += 1) {
        if (hold) {
          held.push(update)
          continue
        }
        outstanding += 1
        timers.after(delayMs, () => enqueue(update))
      }
    },
    release(order = 'given') {
      const released = arrange(held.splice(0), order, draw)
      outstanding += released.length
      for (const update of released) enqueue(update)
    },
    once(phone, body, signature = 'valid') {
      const { url, secret } = targetOf(phone)
      if (url === null) return Promise.reject(new Error('no callback URL is set'))
      const signatures = { valid: secret, wrong: `${secret}!`, none: null }
      const key = signatures[signature]
      return send(url, body, key === null ? null : sign(body, key))
    },
    settled: () => (outstanding <= 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close() {
      closed = true
      agent.destroy()
    },
  }
}

interface Parcel {
  target: Target
  updates: Update[]
  body: string
  attempts: number
  waitedMs: number
}

/** Puts things in the wanted order of posting. */
export function arrange<Item>(items: readonly Item[], order: Order, draw: () => number): Item[] {
  if (order === 'given') return [...items]
  if (order === 'reverse') return items.toReversed()
  return items
    .map((item) => ({ item, rank: draw() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}

const sign = (body: string, secret: string) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

function headersFor(body: string, signature: string | null): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'facebookexternalua',
    ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
  }
}
