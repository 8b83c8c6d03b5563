import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../src/db/embedded/port.ts'
import { embeddedUrl, postgresPid } from './postgres.ts'
import { plainEnvironment, type Environment, type Program } from './processes.ts'
import type { Bench } from './bench.ts'
import { waitUntil } from './wait.ts'

/** The service as real processes of the compiled program, on data of its own. */
export interface Stack {
  name: StackName
  url: string
  databaseUrl: string
  dataDir: string
  /** What its CPU time is told by. */
  pids: Record<string, number>
  /** Ends its programs. Warnings that they logged are printed. */
  stop(): Promise<void>
}

/** `redis`: an api and a worker process, on Postgres and Redis. `embedded`: one process, nothing else. */
export type StackName = 'redis' | 'embedded'

export interface StackOptions {
  graphUrl: string
  /** Left out: only an api process, so that what it accepts stays where it is. */
  worker?: boolean
}

const readyTimeoutMs = 60_000

/** Starts a stack. `redis` needs a Redis: ask `bench.redis` first. */
export async function startStack(bench: Bench, name: StackName, options: StackOptions): Promise<Stack> {
  return name === 'redis' ? startRedisStack(bench, options) : startEmbeddedStack(bench, options)
}

async function startRedisStack(bench: Bench, { graphUrl, worker = true }: StackOptions): Promise<Stack> {
  const { redis } = bench
  if (redis === null) throw new Error('the Redis set-up needs a Redis')
  await redis.flush()
  const [databaseUrl, dataDir] = await Promise.all([bench.postgres.createDatabase(), folderIn(bench)])
  const env = {
    ...commonEnvironment(graphUrl, dataDir),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    SECRETS_KEY: randomBytes(32).toString('base64'),
  }
  const programs = new Map<string, Program>()
  const pids: Record<string, number> = { postgres: bench.postgres.pid, redis: redis.pid }
  const start = async (role: 'api' | 'worker'): Promise<string> => {
    const { program, url } = await startService(bench, role, env)
    programs.set(role, program)
    pids[role] = program.pid
    return url
  }
  const url = await start('api')
  if (worker) await start('worker')
  return {
    name: 'redis',
    url,
    databaseUrl,
    dataDir,
    pids,
    stop: () => stopPrograms(programs),
  }
}

async function startEmbeddedStack(bench: Bench, { graphUrl, worker = true }: StackOptions): Promise<Stack> {
  const dataDir = await folderIn(bench)
  const role = worker ? 'all' : 'api'
  const { program, url } = await startService(bench, role, commonEnvironment(graphUrl, dataDir))
  const programs = new Map([[role, program]])
  return {
    name: 'embedded',
    url,
    databaseUrl: await embeddedUrl(dataDir),
    dataDir,
    pids: { [role]: program.pid, postgres: await postgresPid(dataDir) },
    stop: () => stopPrograms(programs),
  }
}

/**
 * Starts a stopped embedded stack's program on its data, stops it again, and returns how long it took from the
 * spawn to readiness, in milliseconds.
 */
export async function restartService(bench: Bench, { dataDir }: Stack): Promise<number> {
  const env = commonEnvironment(bench.graph.url, dataDir)
  const { program, readyMs } = await startService(bench, 'all', env)
  await program.stop()
  return readyMs
}

function folderIn(bench: Bench): Promise<string> {
  return mkdtemp(join(bench.folder, 'service-'))
}

function commonEnvironment(graphUrl: string, dataDir: string): Environment {
  return {
    ...plainEnvironment,
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    META_GRAPH_URL: graphUrl,
    META_APP_SECRET: 'secret of the benchmark',
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
    // The pace and the plan are the account's; what is measured is the machinery behind them.
    CLOUD_RATE_PER_SECOND: '100000',
    DEFAULT_PLAN: 'unlimited',
    MAX_BULK_MESSAGES: '5000',
    REGISTRATIONS_PER_MINUTE: '1000',
  }
}

/** One process of the service; resolves when it is ready. A worker has no door: it is given until it listens. */
export async function startService(
  bench: Bench,
  role: 'api' | 'worker' | 'all',
  env: Environment,
): Promise<{ program: Program; url: string; readyMs: number }> {
  const port = await freePort()
  const startMs = performance.now()
  const args = [...profiling(bench, role), join(bench.dist, 'main.js'), role]
  const program = bench.processes.start(role, process.execPath, args, {
    env: { ...env, PORT: String(port) },
  })
  const url = `http://127.0.0.1:${port}`
  if (role !== 'worker') await readiness(program, url)
  return { program, url, readyMs: performance.now() - startMs }
}

function profiling({ options: { profile } }: Bench, role: string): string[] {
  if (profile === null) return []
  return ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${role}-${Date.now()}.cpuprofile`]
}

async function readiness(program: Program, url: string): Promise<void> {
  await waitUntil(
    `${program.name} to be ready`,
    async () => {
      if (program.child.exitCode !== null) throw new Error(await program.output())
      const answer = await fetch(`${url}/readyz`).catch(() => null)
      await answer?.arrayBuffer()
      return answer?.status === 200 ? true : null
    },
    { timeoutMs: readyTimeoutMs, everyMs: 10 },
  )
}

async function stopPrograms(programs: Map<string, Program>): Promise<void> {
  await Promise.all([...programs.values()].map((program) => program.stop()))
  for (const [role, program] of programs) {
    const lines = (await program.output()).split('\n').filter((line) => line !== '')
    if (lines.length > 0)
      console.warn(`${role} logged ${lines.length} lines, the first: ${lines[0]?.slice(0, 300)}`)
  }
}
