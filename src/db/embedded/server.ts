import { readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import pg from 'pg'
import { wait } from '../../kit/concurrency/wait.ts'
import { within } from '../../kit/concurrency/within.ts'
import type { Log } from '../../kit/log.ts'
import { clusterDatabase, clusterUser, type ClusterAccess } from './cluster.ts'
import type { OsUser } from './os-user.ts'
import { commandOf, signal } from './process.ts'
import { serverArguments } from './settings.ts'

/** A Postgres that answers on 127.0.0.1. */
export interface Server {
  pid: number
  port: number
  /** Resolves, with how it ended, once the process is gone. */
  gone: Promise<string>
}

/** The facts of the machine that every start needs. */
export interface Installation {
  directory: string
  postgres: string
  user: OsUser
  log: Log
}

// Recovery after a crash replays up to max_wal_size of log, which takes a slow disk minutes.
const startMsMax = 300_000
const startLogEveryMs = 10_000
const pollMs = 20
const watchMs = 250
const fastStopMsMax = 30_000
const quickStopMsMax = 5_000

/** The port of a Postgres that answers on this folder at this moment, also when another process watches it; null otherwise. */
export async function findServer({ directory }: Installation, access: ClusterAccess): Promise<number | null> {
  const found = await readPidFile(directory)
  if (found === null || !found.ready || !(await isOurs(found.pid, directory))) return null
  return openDatabase({ directory, access, port: found.port }).then(
    () => found.port,
    () => null,
  )
}

/**
 * The Postgres that already runs on this folder, the orphan of a killed service; null when there is none. A
 * pid file whose process is gone, or is by now another program, is removed: Postgres itself would trust the
 * number and refuse to start, and in containers the same few numbers come back.
 */
export async function adoptServer(installation: Installation, access: ClusterAccess): Promise<Server | null> {
  const { directory, log } = installation
  const found = await readPidFile(directory)
  if (found === null) return null
  if (!(await isOurs(found.pid, directory))) {
    log.warn(
      { postgresPid: found.pid },
      'The embedded Postgres was not shut down; its stale pid file is removed',
    )
    await rm(join(directory, 'postmaster.pid'), { force: true })
    return null
  }
  const server = { pid: found.pid, gone: watchProcess(found.pid, directory) }
  try {
    const port = await untilReady(installation, server)
    await openDatabase({ directory, access, port })
    return { ...server, port }
  } catch (error) {
    // It was on its way down: its service was killed while it stopped Postgres.
    if (!(await isOurs(found.pid, directory))) return null
    throw error
  }
}

/**
 * Starts Postgres on a folder where none runs and waits until it answers.
 *
 * @throws Error with what Postgres said, when it ends instead.
 */
export async function launchServer(
  installation: Installation,
  access: ClusterAccess,
  port: number,
): Promise<Server> {
  const child = installation.user.spawn(installation.postgres, serverArguments(installation.directory, port))
  const lastLines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) relayLog(stream, installation.log, lastLines)
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, name) => resolve(name ?? `exit code ${code}`))
  })
  if (child.pid === undefined) throw new Error(`The embedded Postgres cannot be started: ${await gone}`)
  const server = { pid: child.pid, port, gone }
  try {
    await untilReady(installation, server)
    await openDatabase({ directory: installation.directory, access, port })
  } catch (error) {
    await stopServer(server, installation.log)
    throw new Error(`The embedded Postgres did not start. ${lastLines.join(' ')}`.trim(), { cause: error })
  }
  return server
}

/** A fast shutdown: sessions end, the data is flushed. Resolves when the process is gone. */
export async function stopServer(server: Pick<Server, 'pid' | 'gone'>, log: Log): Promise<void> {
  const steps = [
    { name: 'SIGINT', msMax: fastStopMsMax },
    { name: 'SIGQUIT', msMax: quickStopMsMax },
    { name: 'SIGKILL', msMax: quickStopMsMax },
  ] as const
  for (const { name, msMax } of steps) {
    signal(server.pid, name)
    if (
      await within(
        msMax,
        server.gone.then(() => true),
        false,
      )
    )
      return
    log.warn(
      { postgresPid: server.pid, signal: name, waitedMs: msMax },
      'The embedded Postgres does not stop',
    )
  }
}

/** Waits as pg_ctl does, for the word `ready` in the pid file. Returns the port that stands in it. */
async function untilReady(installation: Installation, server: Pick<Server, 'pid' | 'gone'>): Promise<number> {
  let reason: string | null = null
  void server.gone.then((how) => {
    reason = how
  })
  for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += pollMs) {
    const file = await readPidFile(installation.directory)
    if (file?.pid === server.pid && file.ready) return file.port
    if (reason !== null) throw new Error(`It ended with ${String(reason)}`)
    if (waitedMs > 0 && waitedMs % startLogEveryMs === 0) {
      installation.log.info(
        { waitedMs, waitsMsMax: startMsMax },
        'Waiting for the embedded Postgres to recover',
      )
    }
    await wait(pollMs)
  }
  throw new Error(`It was not ready within ${startMsMax} ms`)
}

/** The lines of postmaster.pid: pid, folder, start, port, socket folder, address, shared memory, state. */
async function readPidFile(directory: string): Promise<{ pid: number; port: number; ready: boolean } | null> {
  const content = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = content.split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

async function isOurs(pid: number, directory: string): Promise<boolean> {
  const command = await commandOf(pid)
  return command !== null && command.includes(`postgres -D ${directory} `)
}

/** A process that is not our child ends without a signal to us. */
async function watchProcess(pid: number, directory: string): Promise<string> {
  while (await isOurs(pid, directory)) await wait(watchMs)
  return 'a cause unknown: another service had started it'
}

/**
 * Proves that the server on this port is the one of this folder, and makes the database when it is missing.
 */
async function openDatabase(at: { directory: string; port: number; access: ClusterAccess }): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: at.port,
    user: clusterUser,
    password: at.access.password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: 10_000,
  })
  // Without a listener a connection that breaks between two statements would end the program.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const state = await client.query<{ directory: string; exists: boolean }>(
      `select current_setting('data_directory') as directory,
              exists (select from pg_database where datname = $1) as exists`,
      [clusterDatabase],
    )
    const [row] = state.rows
    if (row === undefined || (await realpath(row.directory)) !== at.directory) {
      throw new Error(`The Postgres on port ${at.port} serves another folder than ${at.directory}`)
    }
    if (!row.exists) await createDatabase(client)
  } finally {
    await client.end()
  }
}

// Which of the two Postgres says depends on how close together they came.
const duplicateDatabase = '42P04'
const uniqueViolation = '23505'

/** The owner and a guest that start together may both find none; the first one has made it for both. */
async function createDatabase(client: pg.Client): Promise<void> {
  await client.query(`create database ${clusterDatabase}`).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code !== duplicateDatabase && code !== uniqueViolation) throw error
  })
}

const lastLinesMax = 8
/** A FATAL line goes to the client that it concerns, and to the program that starts the server: the rest is detail. */
const loud = /^PANIC:|terminated by signal/

function relayLog(stream: Readable, log: Log, lastLines: string[]): void {
  createInterface({ input: stream }).on('line', (line) => {
    lastLines.push(line.trim())
    if (lastLines.length > lastLinesMax) lastLines.shift()
    if (loud.test(line)) log.warn(`Embedded Postgres: ${line}`)
    else log.debug(`Embedded Postgres: ${line}`)
  })
}
