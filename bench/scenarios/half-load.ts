import { createAccount } from '../account.ts'
import type { Bench } from '../bench.ts'
import type { Found, Line } from '../result.ts'
import { startStack } from '../stack.ts'
import { bareKey, connections, rateOf, sendJob } from './rounds.ts'

/** How long a 202 takes when half of what can go on for ever is asked for. */
export async function halfLoad(bench: Bench): Promise<Found> {
  const seconds = bench.options.quick ? 2 : 8
  const name = bench.redis === null ? 'embedded' : 'redis'
  const stack = await startStack(bench, name, { graphUrl: bench.graph.url })
  try {
    const { key } = await createAccount(stack.url)
    const lines: Line[] = []
    const targets = [
      { what: 'durable accept', url: stack.url, key, drain: true },
      { what: 'bare', url: bench.bareUrl, key: bareKey, drain: false },
    ]
    for (const { what, url, key: shown, drain } of targets) {
      const full = await capacity(bench, { url, key: shown, seconds, drain })
      const job = { ...sendJob(url, shown, seconds), connections, ratePerSecond: full / 2 }
      const result = await bench.loader.run(job)
      const asked = `at ${Math.round(full / 2).toLocaleString('en-US')} requests/s`
      const shares = ['p50', 'p95', 'p99'] as const
      rateOf(result)
      for (const share of shares) {
        lines.push({
          scenario: 'half-load',
          what: `${what}, ${share}`,
          value: result.latencyMs[share],
          unit: 'ms',
          note: asked,
        })
      }
    }
    return { lines }
  } finally {
    await stack.stop()
  }
}

/** Requests a second that can go on: what is handed over counts, where something is to be handed over. */
async function capacity(
  bench: Bench,
  { url, key, seconds, drain }: { url: string; key: string; seconds: number; drain: boolean },
): Promise<number> {
  const start = await bench.graph.taken()
  const warmUp = await bench.loader.run(sendJob(url, key, 1))
  const before = start.accepted + warmUp.good
  if (drain) await bench.graph.takes(before)
  const startMs = performance.now()
  const result = await bench.loader.run(sendJob(url, key, seconds / 2))
  if (!drain) return rateOf(result)
  await bench.graph.takes(before + result.good)
  return result.good / ((performance.now() - startMs) / 1_000)
}
