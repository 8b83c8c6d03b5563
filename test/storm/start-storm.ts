import type { ForeignPostgres } from '../support/foreign-postgres.ts'
import { sendThrough, startInstance } from '../support/instance.ts'
import { wait } from '../../src/kit/concurrency/wait.ts'
import type { Random } from './random.ts'

/** How Postgres is taken away at a moment of a start, and given back. */
type Blow = (postgres: ForeignPostgres, role: string) => Promise<void>

const blows: Record<string, Blow> = {
  async crash(postgres) {
    await postgres.crash()
    await postgres.start()
  },
  async 'cut all connections'(postgres, role) {
    await postgres.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`)
  },
  async 'cut all connections again and again'(postgres, role) {
    for (let times = 0; times < 10; times += 1) {
      await postgres.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`)
      await wait(20)
    }
  },
  async 'refuse connections and cut those there are'(postgres, role) {
    await postgres.sql(`alter role ${role} connection limit 0`)
    await postgres.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`)
    await wait(500)
    await postgres.sql(`alter role ${role} connection limit -1`)
  },
}

export interface StartResult {
  round: number
  blow: string
  atMs: number
  /** Null: it came up, sent a message, used little of a core while idle, and stopped at SIGTERM. */
  fault: string | null
}

/** The time that a start on an empty database takes, and a moment beyond. */
const startMs = 4_500

/**
 * Starts the service on an empty database, strikes Postgres at a random moment of the start, and looks whether the service
 * works all the same: real processes on a real server.
 */
export async function strikeStarts(
  postgres: ForeignPostgres,
  { rounds, random }: { rounds: number; random: Random },
): Promise<StartResult[]> {
  const results: StartResult[] = []
  const names = Object.keys(blows)
  for (let round = 0; round < rounds; round += 1) {
    const blow = names[round % names.length] ?? 'crash'
    const atMs = Math.round(random.between(0, startMs))
    const fault = await strike(postgres, `start_${round}`, blow, atMs).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    results.push({ round, blow, atMs, fault })
  }
  return results
}

async function strike(postgres: ForeignPostgres, role: string, blow: string, atMs: number): Promise<void> {
  await postgres.sql(`create role ${role} login`)
  await postgres.sql(`create database ${role} owner ${role}`)
  const instance = startInstance({
    DATABASE_URL: postgres.url({ user: role, database: role }),
    DATABASE_POOL_MAX: '6',
  })
  try {
    await wait(atMs)
    await blows[blow]?.(postgres, role)
    await sendThrough(await instance.ready())
    const code = await Promise.race([instance.program.ended('SIGTERM'), wait(20_000).then(() => 'deaf')])
    if (code !== 0) throw new Error(`SIGTERM ended it with ${code}`)
    if (/\n\s+at /.test(instance.program.text().replaceAll(/^\{.*$/gm, '')))
      throw new Error('it printed a stack')
  } catch (error) {
    const text = instance.program.text().slice(-1_500)
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${text}`, { cause: error })
  } finally {
    await instance.program.ended('SIGKILL')
    await postgres.sql(`drop database if exists ${role} with (force)`)
    await postgres.sql(`drop role ${role}`)
  }
}
