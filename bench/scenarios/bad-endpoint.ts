import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { call, createAccount, sendMessage, type Account } from '../account.ts'
import type { Bench } from '../bench.ts'
import type { Found } from '../result.ts'
import { startStack } from '../stack.ts'
import { median, percentilesOf } from '../stats.ts'
import { waitUntil } from '../wait.ts'

const endpoints = 20
const messagesASecond = 100

const arrived = z.object({
  deliveries: z.array(z.object({ at: z.number(), path: z.string(), webhookId: z.string() })),
})

/**
 * How long events take to their endpoints, each of an account of its own, while all of them answer, and while one of
 * the twenty hangs: the p99 of the other nineteen. From the moment in the event's id (UUIDv7) to its arrival.
 */
export async function badEndpoint(bench: Bench): Promise<Found> {
  const { rounds, seconds } = bench.options.quick ? { rounds: 2, seconds: 6 } : { rounds: 5, seconds: 12 }
  const { program, ready } = await bench.processes.startScript(
    'receiver',
    new URL('../../test/fakes/webhook-receiver/main.ts', import.meta.url),
    { args: ['--verify=false'], ready: z.object({ url: z.string() }) },
  )
  const name = bench.redis === null ? 'embedded' : 'redis'
  const stack = await startStack(bench, name, { graphUrl: bench.graph.url })
  try {
    const accounts: Account[] = []
    for (let index = 0; index < endpoints; index += 1) {
      const account = await createAccount(stack.url)
      const body = { url: `${ready.url}/hook-${index}` }
      await call(stack.url, 'PUT', '/auth/me/webhook', { key: account.key, body })
      accounts.push(account)
    }
    const round = async (bad: boolean): Promise<number> => {
      await control(ready.url, 'reset')
      await control(ready.url, 'respond', bad ? [{ path: '/hook-0', kind: 'hang' }] : [])
      const sent = await sendAround(stack.url, accounts, seconds * messagesASecond)
      return percentilesOf(await delays(ready.url, sent)).p99
    }
    await round(false)
    const well: number[] = []
    const ill: number[] = []
    for (let count = 0; count < rounds; count += 1) {
      well.push(await round(false))
      ill.push(await round(true))
    }
    return {
      lines: [
        { scenario: 'bad-endpoint', what: 'webhook delay, all well, p99', value: median(well), unit: 'ms' },
        {
          scenario: 'bad-endpoint',
          what: 'webhook delay, one of 20 hangs, p99 of the others',
          value: median(ill),
          unit: 'ms',
          ratio: { of: 'all well', value: median(ill) / median(well) },
        },
      ],
      details: { well, ill },
    }
  } finally {
    await stack.stop()
    await program.stop()
  }
}

async function control(receiverUrl: string, name: string, body?: unknown): Promise<void> {
  const given = body === undefined ? {} : { body: JSON.stringify(body) }
  await fetch(`${receiverUrl}/__control/${name}`, { method: 'POST', ...given })
}

/** Sends messages at an even pace, the accounts taking turns. Returns how many there were for all but the first. */
async function sendAround(url: string, accounts: Account[], count: number): Promise<number> {
  const startMs = performance.now()
  const sends: Promise<string>[] = []
  for (let index = 0; index < count; index += 1) {
    const account = accounts[index % accounts.length]
    if (account !== undefined) sends.push(sendMessage(url, account, { to: String(14_155_550_000 + index) }))
    await sleep(Math.max(0, startMs + ((index + 1) * 1_000) / messagesASecond - performance.now()))
  }
  await Promise.all(sends)
  return sends.filter((_send, index) => index % accounts.length !== 0).length
}

/** The delays of the deliveries to all endpoints but the first, once so many have come. */
async function delays(receiverUrl: string, count: number): Promise<number[]> {
  return waitUntil(
    'the deliveries to the endpoints that are well',
    async () => {
      const answer = await fetch(`${receiverUrl}/__control/deliveries?limit=100000`)
      const { deliveries } = arrived.parse(await answer.json())
      const well = deliveries.filter(({ path }) => path !== '/hook-0')
      return well.length < count ? null : well.map(({ at, webhookId }) => at - madeAt(webhookId))
    },
    { timeoutMs: 60_000, everyMs: 250 },
  )
}

/** The first 48 bits of a UUIDv7: Unix milliseconds. */
function madeAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
