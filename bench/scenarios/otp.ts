import { z } from 'zod'
import { call, createAccount, type Account } from '../account.ts'
import type { Bench } from '../bench.ts'
import type { Found } from '../result.ts'
import { startStack } from '../stack.ts'
import { median, percentilesOf } from '../stats.ts'
import { bareRound, connections, rateOf } from './rounds.ts'

const sent = z.object({ data: z.object({ id: z.string() }) })

/** A service without limits, which would stop a load; the settings are otherwise those of everybody. */
const unlimited = { limits: { number: [], prefix: [], client: [] }, fraud: 'off', attempts: 10 }

/** What it costs to check a code, and to send one while another account floods the service. */
export async function otp(bench: Bench): Promise<Found> {
  const { quick } = bench.options
  const name = bench.redis === null ? 'embedded' : 'redis'
  const stack = await startStack(bench, name, { graphUrl: bench.graph.url })
  try {
    const [calm, flooding] = await Promise.all([createAccount(stack.url), createAccount(stack.url)])
    await call(stack.url, 'PUT', '/otp/services/default', { key: calm.key, body: unlimited })
    const alone = percentilesOf((await sends(stack.url, calm, quick ? 200 : 600)).times)
    const { ids } = await sends(stack.url, calm, quick ? 300 : 1_000)
    const checks = await checkRounds(bench, { url: stack.url, key: calm.key, ids })
    const { times: during, flooded } = await sendsInFlood(stack.url, calm, flooding, quick ? 20_000 : 100_000)
    const flood = percentilesOf(during)
    return {
      lines: [
        {
          scenario: 'otp',
          what: 'codes checked',
          value: median(checks.product),
          unit: 'requests/s',
          ratio: {
            of: 'bare',
            value: median(checks.product.map((rate, round) => rate / (checks.bare[round] ?? NaN))),
          },
        },
        { scenario: 'otp', what: 'POST /otp alone, p99', value: alone.p99, unit: 'ms' },
        {
          scenario: 'otp',
          what: 'POST /otp in a bulk, p99',
          value: flood.p99,
          unit: 'ms',
          ratio: { of: 'alone', value: flood.p99 / alone.p99 },
          note: `${during.length} sends beside ${flooded.toLocaleString('en-US')} messages`,
        },
      ],
      details: { alone, during: flood, ...checks },
    }
  } finally {
    await stack.stop()
  }
}

let numbers = 0

/** Sends codes one after the other, each to a number of its own. */
async function sends(
  url: string,
  account: Account,
  count: number,
): Promise<{ times: number[]; ids: string[] }> {
  const times: number[] = []
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) {
    const { ms, id } = await sendOne(url, account)
    times.push(ms)
    ids.push(id)
  }
  return { times, ids }
}

async function sendOne(url: string, { key }: Account): Promise<{ ms: number; id: string }> {
  numbers += 1
  const body = { to: `49151${String(10_000_000 + numbers)}`, session: 'sandbox', code: '481516' }
  const startMs = performance.now()
  const answer = await call(url, 'POST', '/otp', { key, body })
  return { ms: performance.now() - startMs, id: sent.parse(answer).data.id }
}

/** Wrong codes for many verifications, by turns with the bare route. */
async function checkRounds(
  bench: Bench,
  { url, key, ids }: { url: string; key: string; ids: string[] },
): Promise<{ bare: number[]; product: number[] }> {
  const { rounds, seconds } = bench.options.quick ? { rounds: 2, seconds: 1.5 } : { rounds: 5, seconds: 3 }
  const bodies = ids.map((id) => JSON.stringify({ id, code: '000000' }))
  const what = { kind: 'post' as const, path: '/otp/verify', bodies }
  const run = () => bench.loader.run({ url, key, what, connections, seconds, ratePerSecond: null })
  await bareRound(bench, 1)
  await run()
  const bare: number[] = []
  const product: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareRound(bench, seconds))
    product.push(rateOf(await run()))
  }
  return { bare, product }
}

/** Sends codes while another account's messages are accepted in bulk and handed over. */
async function sendsInFlood(
  url: string,
  calm: Account,
  flooding: Account,
  count: number,
): Promise<{ times: number[]; flooded: number }> {
  const size = 1_000
  let flooded = 0
  const flood = (async () => {
    for (; flooded < count; flooded += size) {
      const messages = Array.from({ length: size }, (_, n) => ({
        to: `49152${String(10_000_000 + flooded + n)}`,
        message: 'Your order has left our store and will be with you tomorrow.',
      }))
      await call(url, 'POST', '/messages/bulk', { key: flooding.key, body: { messages } })
    }
  })()
  let isOver = false
  void flood.finally(() => (isOver = true))
  const times: number[] = []
  while (!isOver) times.push((await sendOne(url, calm)).ms)
  await flood
  return { times, flooded }
}
