import { createAccount, type Account } from '../account.ts'
import type { Bench } from '../bench.ts'
import { cpuMs } from '../cpu.ts'
import type { Found, Line } from '../result.ts'
import { startStack, type Stack, type StackName } from '../stack.ts'
import { countAt, median } from '../stats.ts'
import { numberText } from '../table.ts'
import { bareRound, rateOf, sendJob } from './rounds.ts'

/** A round of one set-up. Rates are of the steady part of the load, messages a second. */
interface Round {
  acceptRate: number
  sendRate: number
  /** What can go on: neither more than is accepted, nor more than is handed over. */
  sustained: number
  /** Messages accepted and not handed over, when the load stopped, and how long they took from there. */
  backlog: number
  drainSeconds: number
  /** All messages of the round over all of its time, the draining included. */
  overall: number
  /** CPU of each process, microseconds a message. */
  cpuMicros: Record<string, number>
}

/** What is left out at the beginning of the load. */
const rampMs = 1_500

/**
 * Accepted and handed over to the provider, under a load that asks for all that it can get: both set-ups, taking
 * turns with the bare route.
 */
export async function sent(bench: Bench): Promise<Found> {
  const { rounds, seconds } = bench.options.quick ? { rounds: 1, seconds: 5 } : { rounds: 3, seconds: 7 }
  const names: StackName[] = bench.redis === null ? ['embedded'] : ['redis', 'embedded']
  const stacks = await Promise.all(
    names.map((name) => startStack(bench, name, { graphUrl: bench.graph.url })),
  )
  try {
    const accounts = await Promise.all(stacks.map(({ url }) => createAccount(url)))
    const bare: number[] = []
    const results = stacks.map((): Round[] => [])
    for (let round = -1; round < rounds; round += 1) {
      const warming = round < 0
      const bareRate = await bareRound(bench, warming ? 1 : Math.min(3, seconds / 2))
      if (!warming) bare.push(bareRate)
      for (const [index, stack] of stacks.entries()) {
        const account = accounts[index]
        if (account === undefined) continue
        const result = await loadAndDrain(bench, stack, account, warming ? 2 : seconds)
        if (!warming) results[index]?.push(result)
      }
    }
    const byName = new Map(names.map((name, index) => [name, results[index] ?? []]))
    return { lines: linesOf(bare, byName), details: { bare, rounds: Object.fromEntries(byName) } }
  } finally {
    await Promise.all(stacks.map((stack) => stack.stop()))
  }
}

async function loadAndDrain(bench: Bench, stack: Stack, account: Account, seconds: number): Promise<Round> {
  const { graph, loader } = bench
  const before = await graph.taken()
  const cpuBefore = await cpuOf(stack, bench)
  const startMs = Date.now()
  const sampling = graph.sample()
  const result = await loader.run(sendJob(stack.url, account.key, seconds))
  rateOf(result)
  const loadEndMs = result.samples.at(-1)?.atMs ?? Date.now()
  const drained = await graph.takes(before.accepted + result.good)
  await sampling.stop()
  const cpuAfter = await cpuOf(stack, bench)
  const taken = await graph.taken()
  if (taken.distinct !== taken.accepted) throw new Error('messages were handed over twice')

  const windowStartMs = startMs + rampMs
  const windowSeconds = (loadEndMs - windowStartMs) / 1_000
  const growth = (samples: typeof sampling.samples): number =>
    (countAt(samples, loadEndMs) - countAt(samples, windowStartMs)) / windowSeconds
  const acceptRate = growth(result.samples)
  const sendRate = growth(sampling.samples)
  return {
    acceptRate,
    sendRate,
    sustained: Math.min(acceptRate, sendRate),
    backlog: Math.round(result.good - (countAt(sampling.samples, loadEndMs) - before.accepted)),
    drainSeconds: (drained - loadEndMs) / 1_000,
    overall: result.good / ((drained - startMs) / 1_000),
    cpuMicros: Object.fromEntries(
      Object.entries(cpuAfter).map(([name, ms]) => [
        name,
        Math.round(((ms - (cpuBefore[name] ?? 0)) * 1_000) / result.good),
      ]),
    ),
  }
}

async function cpuOf(stack: Stack, { loader, graph }: Bench): Promise<Record<string, number>> {
  const pids = { ...stack.pids, load: loader.pid, graph: graph.pid }
  const entries = await Promise.all(
    Object.entries(pids).map(async ([name, pid]) => [name, (await cpuMs(pid)) ?? 0] as const),
  )
  return Object.fromEntries(entries)
}

const titles = { redis: 'Redis set-up', embedded: 'embedded default' } as const

function linesOf(bare: number[], byName: Map<StackName, Round[]>): Line[] {
  const redis = byName.get('redis')
  const lines: Line[] = [
    { scenario: 'sent', what: 'bare Fastify route', value: median(bare), unit: 'requests/s' },
  ]
  for (const [name, rounds] of byName) {
    const ratios = rounds.map((round, index) => round.sustained / (bare[index] ?? NaN))
    lines.push({
      scenario: 'sent',
      what: `accepted and sent, ${titles[name]}`,
      value: median(rounds.map((round) => round.sustained)),
      unit: 'messages/s',
      ratio: { of: 'bare', value: median(ratios) },
      note: noteOf(rounds),
    })
    if (name === 'embedded' && redis !== undefined) {
      const shares = rounds.map((round, index) => round.sustained / (redis[index]?.sustained ?? NaN))
      lines.push({
        scenario: 'sent',
        what: 'embedded default against Redis',
        value: median(rounds.map((round) => round.sustained)),
        unit: 'messages/s',
        ratio: { of: 'Redis set-up', value: median(shares) },
      })
    }
  }
  return lines
}

function noteOf(rounds: Round[]): string {
  const middle = (read: (round: Round) => number): string => numberText(median(rounds.map(read)))
  return (
    `accept ${middle((round) => round.acceptRate)}/s, send ${middle((round) => round.sendRate)}/s, ` +
    `backlog ${middle((round) => round.backlog)} gone in ${middle((round) => round.drainSeconds)} s, ` +
    `with draining ${middle((round) => round.overall)}/s`
  )
}
