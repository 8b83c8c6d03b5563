import { join } from 'node:path'
import pino from 'pino'
import { findBinaries } from '../../src/db/embedded/binaries.ts'
import { clusterDatabase, clusterUser, ensureCluster } from '../../src/db/embedded/cluster.ts'
import { chooseOsUser } from '../../src/db/embedded/os-user.ts'
import { freePort } from '../../src/db/embedded/port.ts'
import { adoptServer, launchServer, stopServer, type Server } from '../../src/db/embedded/server.ts'
import { wait } from '../../src/kit/concurrency/wait.ts'
import { builtProgram } from '../support/built.ts'
import { startChild, type Child, type Command } from './child.ts'
import type { Kind } from './options.ts'

/** One part of the service, which can be killed and comes back where it was. */
export interface Member {
  kind: Kind
  isRunning(): boolean
  /** Starts the process; what it needs may be missing at that moment. */
  start(): Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** The end of the storm: as gentle as it can be, then by force. */
  stop(): Promise<void>
}

/** Told when a member ends though nobody killed it. */
export type OnAccident = (what: string) => void

/** A member that is one plain process. */
export function processMember(kind: Kind, command: Command, onAccident: OnAccident): Member {
  let child: Child | null = null
  return untilStopped({
    kind,
    isRunning: () => child !== null,
    async start() {
      const started = await startChild(command)
      child = started
      void started.ended.then((how) => {
        if (child !== started) return
        child = null
        onAccident(`${kind} ended by itself (${how}); see ${command.logFile}`)
      })
    },
    async kill() {
      const victim = child
      child = null
      await victim?.end('SIGKILL')
    },
    async stop() {
      const last = child
      child = null
      if (last === null) return
      const late = new AbortController()
      const force = wait(stopMsMax, late.signal).then(async () => {
        if (!late.signal.aborted) await last.end('SIGKILL')
      })
      await last.end('SIGTERM')
      late.abort()
      await force
    },
  })
}

/** Nothing starts after `stop`, and what was about to start is stopped too. */
function untilStopped(member: Member): Member {
  let stopped = false
  let starting = Promise.resolve()
  return {
    ...member,
    start() {
      if (!stopped) starting = member.start()
      return starting
    },
    async stop() {
      stopped = true
      await starting.catch(() => undefined)
      await member.stop()
    },
  }
}

const stopMsMax = 15_000

/** The api or the worker, as it is shipped. `cwd` must hold no `.env`, which the service would read. */
export function serviceMember(
  kind: 'api' | 'worker',
  at: { folder: string; env: Record<string, string> },
  onAccident: OnAccident,
): Member {
  return processMember(
    kind,
    {
      file: process.execPath,
      args: [builtProgram('main'), kind],
      env: { PATH: process.env['PATH'] ?? '', ...at.env },
      cwd: at.folder,
      logFile: join(at.folder, `${kind}.log`),
    },
    onAccident,
  )
}

/** A Redis that keeps nothing on disk: each kill is also the loss of the whole queue. */
export async function redisMember(
  folder: string,
  onAccident: OnAccident,
): Promise<{ member: Member; url: string; port: number }> {
  const port = await freePort()
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no']
  const member = processMember(
    'redis',
    {
      file: 'redis-server',
      args: [...settings, '--dir', folder],
      env: { PATH: process.env['PATH'] ?? '' },
      cwd: folder,
      logFile: join(folder, 'redis.log'),
    },
    onAccident,
  )
  return { member, port, url: `redis://127.0.0.1:${port}` }
}

const launchesMax = 40

/** Real Postgres with durable settings; its postmaster is killed, so that each return is a crash recovery. */
export async function postgresMember(
  folder: string,
  onAccident: OnAccident,
): Promise<{ member: Member; url: string }> {
  const log = pino({ level: 'silent' })
  const directory = join(folder, 'postgres')
  const binaries = await findBinaries()
  const user = await chooseOsUser({ binary: binaries.postgres, directory })
  const place = { directory, postgres: binaries.postgres, user, log }
  const card = await ensureCluster({ directory, binaries, user, log })
  let server: Server | null = null

  async function launch(): Promise<Server> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await adoptServer(place, card)) ?? (await launchServer(place, card, card.port))
      } catch (error) {
        // The sessions of a killed postmaster end a moment after it, and hold its shared memory until then.
        if (attempt === launchesMax || !String(error).includes('shared memory block')) throw error
        await wait(100)
      }
    }
  }

  const member = untilStopped({
    kind: 'postgres',
    isRunning: () => server !== null,
    async start() {
      const started = await launch()
      server = started
      void started.gone.then((how) => {
        if (server !== started) return
        server = null
        onAccident(`postgres ended by itself (${how})`)
      })
    },
    async kill() {
      const victim = server
      server = null
      if (victim === null) return
      process.kill(victim.pid, 'SIGKILL')
      await victim.gone
    },
    async stop() {
      const last = server
      server = null
      if (last !== null) await stopServer(last, log)
    },
  })
  const url = `postgresql://${clusterUser}:${card.password}@127.0.0.1:${card.port}/${clusterDatabase}`
  return { member, url }
}
