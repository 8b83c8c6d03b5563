import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Random } from './random.ts'

/** An app's account at the gateway. */
export interface AppAccount {
  id: string
  apiKey: string
}

/** What the app was promised. */
export interface Promised {
  id: string
  /** Its `Idempotency-Key`, which is also its text. */
  key: string
  accountId: string
}

/** An app that posts messages and does not give up: same key until it gets a 202. */
export interface Client {
  /** Lets the next `count` messages go, many at once. */
  release(count: number): void
  /** Released and not answered yet. */
  backlog(): number
  /** Resolves when everything released was answered with 202, or the storm ran out of time. */
  idle(): Promise<void>
  readonly promised: readonly Promised[]
  /** Posts that got no 202, and were repeated. */
  readonly repeats: number
  /** What must never happen to a client. */
  readonly grievances: readonly string[]
}

const concurrency = 32
const answerMsMax = 10_000
/** The share of messages that the app sends again though they were answered. */
const againShare = 0.1

const accepted = z.object({ data: z.object({ id: z.uuid() }) })

/** `stop` ends every wait; what was not promised by then stays so. */
export function createClient(input: {
  url: string
  accounts: readonly AppAccount[]
  recipients: number
  random: Random
  stop: AbortSignal
}): Client {
  const { url, accounts, recipients, random, stop } = input
  const promised: Promised[] = []
  const grievances: string[] = []
  let repeats = 0
  let released = 0
  let taken = 0
  let active = 0
  let waiting: (() => void)[] = []

  async function post(number: number, account: AppAccount): Promise<string | null> {
    try {
      const answer = await fetch(`${url}/send-message`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${account.apiKey}`,
          'idempotency-key': keyOf(number),
        },
        body: JSON.stringify({
          to: `49151${10_000_000 + (number % recipients)}`,
          message: keyOf(number),
          metadata: { number },
        }),
        signal: AbortSignal.any([stop, AbortSignal.timeout(answerMsMax)]),
      })
      const text = await answer.text()
      if (answer.status === 202) return accepted.parse(JSON.parse(text)).data.id
      if (answer.status < 500) grievances.push(`${keyOf(number)} was refused with ${answer.status}: ${text}`)
      return null
    } catch (error) {
      if (error instanceof z.ZodError) throw error
      return null
    }
  }

  async function postUntilPromised(number: number, account: AppAccount): Promise<string | null> {
    while (!stop.aborted) {
      const id = await post(number, account)
      if (id !== null) return id
      repeats += 1
      await pause(random.between(50, 250), undefined, { signal: stop }).catch(() => undefined)
    }
    return null
  }

  async function send(number: number): Promise<void> {
    const account = accounts[number % accounts.length]
    if (account === undefined) throw new Error('a client needs an account')
    const again = random.chance(againShare)
    const id = await postUntilPromised(number, account)
    if (id === null) return
    promised.push({ id, key: keyOf(number), accountId: account.id })
    if (!again) return
    const second = await postUntilPromised(number, account)
    if (second !== null && second !== id)
      grievances.push(`${keyOf(number)} was accepted as ${id} and ${second}`)
  }

  function pump(): void {
    while (active < concurrency && taken < released) {
      const number = taken
      taken += 1
      active += 1
      void send(number)
        .catch((error: unknown) => grievances.push(String(error)))
        .finally(() => {
          active -= 1
          pump()
        })
    }
    if (active > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  return {
    promised,
    grievances,
    get repeats() {
      return repeats
    },
    release(count) {
      released += count
      pump()
    },
    backlog: () => released - taken + active,
    idle: () => (active === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

function keyOf(number: number): string {
  return `storm-${number}`
}
