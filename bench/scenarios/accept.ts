import { createAccount } from '../account.ts'
import type { Bench } from '../bench.ts'
import type { Found } from '../result.ts'
import { startStack } from '../stack.ts'
import { median } from '../stats.ts'
import { bareRound, rateOf, sendJob } from './rounds.ts'

/** What a durable 202 costs: the api process alone, whose worker is absent, against the bare route. */
export async function accept(bench: Bench): Promise<Found> {
  const { rounds, seconds } = bench.options.quick ? { rounds: 2, seconds: 1.5 } : { rounds: 5, seconds: 3 }
  const name = bench.redis === null ? 'embedded' : 'redis'
  const stack = await startStack(bench, name, { graphUrl: bench.graph.url, worker: false })
  try {
    const { key } = await createAccount(stack.url)
    const bare: number[] = []
    const product: number[] = []
    await warmUp(bench, stack.url, key)
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await bareRound(bench, seconds))
      product.push(rateOf(await bench.loader.run(sendJob(stack.url, key, seconds))))
    }
    const ratio = median(product.map((rate, round) => rate / (bare[round] ?? NaN)))
    return {
      lines: [
        { scenario: 'accept', what: 'bare Fastify route', value: median(bare), unit: 'requests/s' },
        {
          scenario: 'accept',
          what: 'durable accept',
          value: median(product),
          unit: 'messages/s',
          ratio: { of: 'bare', value: ratio },
        },
      ],
      details: { bare, product },
    }
  } finally {
    await stack.stop()
  }
}

/** Both programs compile their hot paths before anything counts. */
async function warmUp(bench: Bench, url: string, key: string): Promise<void> {
  await bareRound(bench, 1)
  await bench.loader.run(sendJob(url, key, 1))
}
