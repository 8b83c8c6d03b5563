import { Pool } from 'undici'
import { z } from 'zod'
import { call, createAccount } from '../account.ts'
import type { Bench } from '../bench.ts'
import { runSql } from '../postgres.ts'
import type { Found } from '../result.ts'
import { startStack } from '../stack.ts'
import { median } from '../stats.ts'
import { waitUntil } from '../wait.ts'

/** Requests under way at once, in both: what the service allows one endpoint. */
const atOnce = 32
const timeoutMs = 60_000

const arrived = z.object({ deliveries: z.array(z.object({ at: z.number() })) })

/**
 * Webhooks delivered a second, against a plain loop that posts the same bytes to the same receiver. The outbox is
 * filled by SQL and found by the sweeper, as after an outage.
 */
export async function webhooks(bench: Bench): Promise<Found> {
  const { rounds, deliveries } = bench.options.quick
    ? { rounds: 1, deliveries: 6_000 }
    : { rounds: 3, deliveries: 12_000 }
  const { program, ready } = await bench.processes.startScript(
    'receiver',
    new URL('../../test/fakes/webhook-receiver/main.ts', import.meta.url),
    { args: ['--verify=false'], ready: z.object({ url: z.string() }) },
  )
  const name = bench.redis === null ? 'embedded' : 'redis'
  const stack = await startStack(bench, name, { graphUrl: bench.graph.url })
  try {
    const account = await createAccount(stack.url)
    await call(stack.url, 'PUT', '/auth/me/webhook', {
      key: account.key,
      body: { url: `${ready.url}/hook` },
    })
    const plain: number[] = []
    const product: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      plain.push(await rateAt(ready.url, deliveries, () => postPlainly(ready.url, deliveries)))
      const fill = (): Promise<unknown> => runSql(stack.databaseUrl, outboxSql(account.id, deliveries))
      product.push(await rateAt(ready.url, deliveries, fill))
    }
    return {
      lines: [
        { scenario: 'webhooks', what: 'plain undici loop', value: median(plain), unit: 'deliveries/s' },
        {
          scenario: 'webhooks',
          what: 'webhook deliveries',
          value: median(product),
          unit: 'deliveries/s',
          ratio: { of: 'plain loop', value: median(product.map((rate, n) => rate / (plain[n] ?? NaN))) },
        },
      ],
      details: { plain, product },
    }
  } finally {
    await stack.stop()
    await program.stop()
  }
}

/** Deliveries a second, from the first arrival to the last. */
async function rateAt(receiverUrl: string, count: number, act: () => Promise<unknown>): Promise<number> {
  await fetch(`${receiverUrl}/__control/reset`, { method: 'POST' })
  const arrivalMs = async (index: number): Promise<number | null> => {
    const answer = await fetch(`${receiverUrl}/__control/deliveries?after=${index}&limit=1`)
    return arrived.parse(await answer.json()).deliveries[0]?.at ?? null
  }
  await act()
  const lastMs = await waitUntil('the last delivery', () => arrivalMs(count - 1), { timeoutMs, everyMs: 50 })
  const firstMs = (await arrivalMs(0)) ?? NaN
  return ((count - 1) * 1_000) / (lastMs - firstMs)
}

const payload = JSON.stringify({
  event: 'message.status_updated',
  timestamp: '2026-03-28T10:00:04.000Z',
  data: {
    messageId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
    status: 'delivered',
    to: '14155552671',
    deliveredAt: '2026-03-28T10:00:04.000Z',
    readAt: null,
    failedAt: null,
    errorMessage: null,
    metadata: { orderId: '1234' },
  },
})

async function postPlainly(url: string, count: number): Promise<void> {
  const pool = new Pool(url, { connections: atOnce, pipelining: 1 })
  let next = 0
  const post = async (): Promise<void> => {
    while (next++ < count) {
      const answer = await pool.request({
        path: '/hook',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'webhook-id': `plain-${next}` },
        body: payload,
      })
      await answer.body.dump()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, post))
  await pool.close()
}

/** Events and their deliveries, due at once, in one commit. */
function outboxSql(accountId: string, count: number): string[] {
  return [
    `with events as (
       insert into webhook_events (id, account_id, type, payload, created_at)
       select uuidv7(), '${accountId}', 'message.status_updated', '${payload}', now()
         from generate_series(1, ${count}) returning id, account_id)
     insert into webhook_deliveries (id, account_id, event_id, endpoint_id, due_at, wake_at, created_at)
     select uuidv7(), e.account_id, e.id, w.id, now(), now(), now()
       from events e join webhook_endpoints w on w.account_id = e.account_id`,
  ]
}
