import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shortStorm } from '../storm/options.ts'
import { runStorm } from '../storm/storm.ts'

// A storm kills its Redis, so it needs one of its own: REDIS_URL is no help.
const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** Beyond the storm's own limits, so that it can end what it started. */
const timeoutMs = shortStorm.totalMs + 30_000

test.skipIf(!hasRedis)(
  'nothing is lost and nothing doubled while API, worker, Redis and Postgres are killed',
  { timeout: timeoutMs },
  async ({ signal }) => {
    const seed = Math.floor(Math.random() * 1_000_000)
    const lines: string[] = []
    const options = { ...shortStorm, seed, keep: false }
    const { violations, summary } = await runStorm(options, {
      stop: signal,
      tell: (line) => lines.push(line),
    })
    expect(violations, `seed ${seed}\n${lines.join('\n')}`).toEqual([])
    // A storm in which nothing went wrong at Meta would prove little.
    expect(summary.accepted).toBe(shortStorm.messages)
    expect(summary.answersLostOnPurpose).toBeGreaterThan(0)
    expect(summary.resolvedByCallback).toBeGreaterThan(0)
    expect(Math.min(...Object.values(summary.kills))).toBeGreaterThan(0)
  },
)
