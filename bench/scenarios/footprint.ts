import { setTimeout as sleep } from 'node:timers/promises'
import { createAccount, sendMessage } from '../account.ts'
import type { Bench } from '../bench.ts'
import { residentBytes } from '../cpu.ts'
import type { Found } from '../result.ts'
import { restartService, startStack } from '../stack.ts'
import { median } from '../stats.ts'

const messages = 5
const restMs = 10_000

/** What the one-process service takes while it has nothing to do, and how long it takes to come back. */
export async function footprint(bench: Bench): Promise<Found> {
  const starts = bench.options.quick ? 1 : 3
  const stack = await startStack(bench, 'embedded', { graphUrl: bench.graph.url })
  let resident: number | null = null
  try {
    const account = await createAccount(stack.url)
    for (let n = 0; n < messages; n += 1) {
      await sendMessage(stack.url, account, { to: `4915123${200_000 + n}` })
      await sleep(200)
    }
    await sleep(restMs)
    resident = await residentBytes(stack.pids['all'] ?? 0)
  } finally {
    await stack.stop()
  }
  const startTimes: number[] = []
  for (let n = 0; n < starts; n += 1) startTimes.push(await restartService(bench, stack))
  const lines: Found['lines'] = [
    { scenario: 'footprint', what: 'ready on existing data', value: median(startTimes) / 1_000, unit: 's' },
  ]
  if (resident !== null) {
    lines.unshift({
      scenario: 'footprint',
      what: 'resident memory at rest, one process',
      value: resident / 1_000_000,
      unit: 'MB',
      note: 'the Node process, without its Postgres',
    })
  }
  return { lines, details: { startMs: startTimes } }
}
