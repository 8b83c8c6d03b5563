import { createAccount } from '../account.ts'
import type { Bench } from '../bench.ts'
import { startGraph } from '../graph.ts'
import type { Found } from '../result.ts'
import { startStack } from '../stack.ts'
import { percentilesOf } from '../stats.ts'
import { handovers } from './idle.ts'
import { sendJob } from './rounds.ts'

/** Time for the flood to pile up before the first urgent message. */
const floodLeadMs = 2_000

/** How long an urgent message of one tenant takes to the provider, alone and while another tenant floods the service. */
export async function urgent(bench: Bench): Promise<Found> {
  const seconds = bench.options.quick ? 6 : 12
  const name = bench.redis === null ? 'embedded' : 'redis'
  const graph = await startGraph(bench.processes, 'times')
  const stack = await startStack(bench, name, { graphUrl: graph.url })
  try {
    const [calm, flooding] = await Promise.all([createAccount(stack.url), createAccount(stack.url)])
    const fields = { priority: 'high' }
    await handovers(stack.url, calm, graph, { count: 20, fields })
    const alone = percentilesOf(
      await handovers(stack.url, calm, graph, { count: bench.options.quick ? 40 : 100, fields }),
    )
    const flood = bench.loader.run(sendJob(stack.url, flooding.key, seconds))
    let flooded = true
    void flood.then(() => (flooded = false))
    await new Promise((resolve) => {
      setTimeout(resolve, floodLeadMs)
    })
    const times: number[] = []
    while (flooded) times.push(...(await handovers(stack.url, calm, graph, { count: 5, fields })))
    const result = await flood
    const during = percentilesOf(times)
    const note = `${times.length} messages, flood ${Math.round(result.good / result.seconds).toLocaleString('en-US')}/s`
    const shares = ['p50', 'p95'] as const
    return {
      lines: shares.flatMap((share) => [
        { scenario: 'urgent', what: `urgent hand-over alone, ${share}`, value: alone[share], unit: 'ms' },
        {
          scenario: 'urgent',
          what: `urgent hand-over in a flood, ${share}`,
          value: during[share],
          unit: 'ms',
          ratio: { of: 'alone', value: during[share] / alone[share] },
          note,
        },
      ]),
      details: { alone, during },
    }
  } finally {
    await stack.stop()
  }
}
