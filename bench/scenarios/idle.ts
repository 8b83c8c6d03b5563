import { setTimeout as sleep } from 'node:timers/promises'
import { createAccount, sendMessage, type Account } from '../account.ts'
import type { Bench } from '../bench.ts'
import { startGraph, type Graph } from '../graph.ts'
import type { Found } from '../result.ts'
import { startStack, type StackName } from '../stack.ts'
import { percentilesOf } from '../stats.ts'
import { waitUntil } from '../wait.ts'

const warmUps = 30
const pauseMs = 20

/** How long a single message takes from the request to the provider's door while nothing else happens. */
export async function idle(bench: Bench): Promise<Found> {
  const messages = bench.options.quick ? 50 : 200
  const names: StackName[] = bench.redis === null ? ['embedded'] : ['redis', 'embedded']
  const graph = await startGraph(bench.processes, 'times')
  const lines: Found['lines'] = []
  const details: Record<string, number[]> = {}
  for (const name of names) {
    const stack = await startStack(bench, name, { graphUrl: graph.url })
    try {
      const account = await createAccount(stack.url)
      await handovers(stack.url, account, graph, { count: warmUps })
      const times = await handovers(stack.url, account, graph, { count: messages })
      const { p50, p95 } = percentilesOf(times)
      details[name] = times
      lines.push(
        { scenario: 'idle', what: `send to hand-over p50, ${name}`, value: p50, unit: 'ms' },
        { scenario: 'idle', what: `send to hand-over p95, ${name}`, value: p95, unit: 'ms' },
      )
    } finally {
      await stack.stop()
    }
  }
  return { lines, details }
}

/** Sends messages one at a time, a few milliseconds apart, and tells how long each took to arrive. */
export async function handovers(
  url: string,
  account: Account,
  graph: Graph,
  { count, fields = {} }: { count: number; fields?: Record<string, unknown> },
): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n += 1) {
    const startMs = performance.timeOrigin + performance.now()
    const id = await sendMessage(url, account, { to: `4915123${100_000 + n}`, ...fields })
    const arrivalMs = await waitUntil('a message to arrive', () => graph.arrivalMs(id), {
      timeoutMs: 30_000,
      everyMs: 5,
    })
    // The arrival is in whole milliseconds, rounded down.
    times.push(arrivalMs + 0.5 - startMs)
    await sleep(pauseMs)
  }
  return times
}
