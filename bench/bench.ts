import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { startGraph, type Graph } from './graph.ts'
import { startLoader, type Loader } from './loader.ts'
import type { Options } from './options.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'
import { createProcesses, type Processes } from './processes.ts'
import { startRedis, type RedisServer } from './redis.ts'

/** What every scenario stands on. */
export interface Bench {
  options: Options
  /** The compiled program. */
  dist: string
  /** Everything that is written; gone at the end. On a real disk, or fsync would cost nothing. */
  folder: string
  processes: Processes
  postgres: PostgresServer
  redis: RedisServer | null
  loader: Loader
  /** Counts what it takes. */
  graph: Graph
  /** The bare route. */
  bareUrl: string
  close(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the program and starts what the scenarios share. On a signal everything ends, and the process too. */
export async function openBench(options: Options): Promise<Bench> {
  const dist = options.dist ?? (await build())
  const folder = await mkdtemp(join(tmpdir(), 'hermod-bench-'))
  const processes = createProcesses(folder)
  const closers: (() => Promise<void>)[] = [() => processes.stopAll()]
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= closeAll(closers, folder))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().finally(() => process.exit(130)))
  }
  try {
    const postgres = await startPostgres(folder)
    closers.push(() => postgres.stop())
    const redis = await startRedis(processes, folder)
    const graph = await startGraph(processes, 'counts')
    const loader = await startLoader(processes)
    const { ready } = await processes.startScript('bare', new URL('./bare.ts', import.meta.url), {
      args: [dist],
      ready: z.object({ url: z.url() }),
    })
    return { options, dist, folder, processes, postgres, redis, loader, graph, bareUrl: ready.url, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function build(): Promise<string> {
  await promisify(execFile)('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: root })
  return join(root, 'dist')
}

async function closeAll(closers: (() => Promise<void>)[], folder: string): Promise<void> {
  for (const close of closers) await close().catch((error: unknown) => console.warn(error))
  await rm(folder, { recursive: true, force: true })
}
