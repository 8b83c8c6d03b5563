import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { backoffMs } from '../../kit/backoff.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import type { Log } from '../../kit/log.ts'
import { findBinaries } from './binaries.ts'
import {
  clusterDatabase,
  clusterUser,
  ensureCluster,
  readAccess,
  writeAccess,
  type ClusterAccess,
} from './cluster.ts'
import { chooseOsUser } from './os-user.ts'
import { claimOwnership } from './owner.ts'
import { freePort, isFree } from './port.ts'
import {
  adoptServer,
  findServer,
  launchServer,
  stopServer,
  type Installation,
  type Server,
} from './server.ts'

export interface EmbeddedPostgres {
  /** Stays the same for as long as the service runs, also when Postgres has to be started again. */
  url: string
  /** Stops Postgres when this service owns it. Safe to call twice. */
  stop(): Promise<void>
}

/** The role of one service towards the Postgres of its data folder. */
type Role =
  /** `server` is null only while the service stops before it could bring a dead one back. */
  { is: 'owner'; server: Server | null; release(): Promise<void> } | { is: 'guest' }

interface Membership {
  installation: Installation
  ownerPath: string
  access: ClusterAccess
  port: number
  role: Role
  ended: AbortController
}

const guestPollMs = 500
const guestWaitMsMax = 300_000
const firstAttemptsMax = 6
const restartBackoff = { baseMs: 100, capMs: 10_000 }
/** A server that lived this long starts its back-off anew. */
const healthyMs = 30_000

/**
 * Starts, or joins, the PostgreSQL under `<dataDir>/postgres` and watches it: when it dies it is started
 * again on the same port. It listens on 127.0.0.1 only, on a port that is chosen once and kept while it is
 * free.
 *
 * Of several services on one folder the first owns Postgres: it alone starts, restarts and stops it. The
 * others are guests and leave it alone; when the owner ends, a guest takes over and brings Postgres back
 * if it is gone. An orphan, whose service was killed, is adopted by the next service, which then owns it. A
 * folder must not be shared between machines or containers: neither sees the other's processes.
 *
 * @throws Error that says what to do, when the programs are missing, or cannot be run here as the system is.
 */
export async function startEmbeddedPostgres(input: {
  dataDir: string
  log: Log
  port?: number
}): Promise<EmbeddedPostgres> {
  const { log } = input
  await mkdir(input.dataDir, { recursive: true })
  const dataDir = await realpath(input.dataDir)
  const directory = join(dataDir, 'postgres')
  const ownerPath = join(dataDir, 'postgres.owner')
  const binaries = await findBinaries()
  const user = await chooseOsUser({ binary: binaries.postgres, directory })
  const installation: Installation = { directory, postgres: binaries.postgres, user, log }
  const prepare = (): Promise<ClusterAccess> => ensureCluster({ directory, binaries, user, log })
  const membership = await joinFolder({ installation, ownerPath, portAsked: input.port, prepare })
  const watching = keepRunning(membership)
  let stopped: Promise<void> | null = null
  return {
    url: `postgresql://${clusterUser}:${membership.access.password}@127.0.0.1:${membership.port}/${clusterDatabase}`,
    stop: () => (stopped ??= leaveFolder(membership, watching)),
  }
}

/** Joins the data folder: as its owner, or as the guest of an owner whose Postgres answers. */
async function joinFolder(input: {
  installation: Installation
  ownerPath: string
  portAsked: number | undefined
  prepare: () => Promise<ClusterAccess>
}): Promise<Membership> {
  const { installation, ownerPath } = input
  const ended = new AbortController()
  for (let waitedMs = 0; waitedMs < guestWaitMsMax; waitedMs += guestPollMs) {
    const claim = await claimOwnership(ownerPath)
    if (claim.owner === 'us') {
      const { release } = claim
      try {
        const { access, server } = await firstServer(installation, await input.prepare(), input.portAsked)
        return {
          installation,
          ownerPath,
          access,
          port: server.port,
          role: { is: 'owner', server, release },
          ended,
        }
      } catch (error) {
        await release()
        throw error
      }
    }
    const access = await readAccess(installation.directory)
    const port = access === null ? null : await findServer(installation, access)
    if (access !== null && port !== null) {
      installation.log.info({ port, ownerPid: claim.pid }, 'Using the embedded Postgres of another service')
      return { installation, ownerPath, access, port, role: { is: 'guest' }, ended }
    }
    if (waitedMs === 0)
      installation.log.info({ ownerPid: claim.pid }, 'Waiting for the embedded Postgres of another service')
    await wait(guestPollMs)
  }
  throw new Error(
    `Another service owns ${installation.directory}, and its Postgres did not answer within ${guestWaitMsMax} ms`,
  )
}

/** Adopts a Postgres that runs, or starts one, choosing a port: the one asked for, else the one of last time, else any that is free. */
async function firstServer(
  installation: Installation,
  access: ClusterAccess,
  portAsked: number | undefined,
): Promise<{ access: ClusterAccess; server: Server }> {
  const adopted = await adoptServer(installation, access)
  if (adopted !== null) {
    installation.log.info(
      { port: adopted.port, postgresPid: adopted.pid },
      'Adopted the embedded Postgres of an ended service',
    )
    return { access, server: adopted }
  }
  const wanted = portAsked ?? access.port
  for (let attempt = 1; ; attempt += 1) {
    const port = portAsked !== undefined || (await isFree(wanted)) ? wanted : await freePort()
    const current = { ...access, port }
    if (port !== access.port) await writeAccess(installation.directory, current, installation.user)
    try {
      const server = await launchServer(installation, current, port)
      installation.log.info(
        { port, postgresPid: server.pid, directory: installation.directory },
        'Embedded Postgres is ready',
      )
      return { access: current, server }
    } catch (error) {
      // The sessions of a Postgres that was killed end a moment after it.
      const sessionsLinger = String(error).includes('shared memory block')
      // Someone else may take a free port before Postgres does.
      const portLost = portAsked === undefined && !(await isFree(port))
      if (attempt >= firstAttemptsMax || !(sessionsLinger || portLost)) throw error
      await wait(backoffMs(attempt, restartBackoff))
    }
  }
}

/** The owner's watch over its server, a guest's watch for the owner's end; until the service stops. */
async function keepRunning(membership: Membership): Promise<void> {
  const { installation, ended } = membership
  const over = new Promise<null>((resolve) => {
    ended.signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  let shortLives = 0
  while (!ended.signal.aborted) {
    if (membership.role.is === 'guest') {
      await wait(guestPollMs, ended.signal)
      if (!ended.signal.aborted) membership.role = await takeOver(membership)
    } else if (membership.role.server === null) {
      membership.role.server = await restartServer(membership)
    } else {
      const bornMs = Date.now()
      const reason = await Promise.race([membership.role.server.gone, over])
      if (reason === null) return
      installation.log.error(
        { postgresPid: membership.role.server.pid },
        `The embedded Postgres died (${reason}); starting it again`,
      )
      membership.role.server = null
      shortLives = Date.now() - bornMs < healthyMs ? shortLives + 1 : 0
      if (shortLives > 1) await wait(backoffMs(shortLives - 1, restartBackoff), ended.signal)
    }
  }
}

/** Makes a guest the owner, once the owner has ended. */
async function takeOver({ installation, ownerPath }: Membership): Promise<Role> {
  try {
    const claim = await claimOwnership(ownerPath)
    if (claim.owner === 'other') return { is: 'guest' }
    installation.log.info('The service that owned the embedded Postgres ended; this one owns it now')
    return { is: 'owner', server: null, release: claim.release }
  } catch (error) {
    installation.log.warn({ err: error }, 'The owner of the embedded Postgres cannot be read')
    return { is: 'guest' }
  }
}

/**
 * The port is part of a URL that is in use, so it cannot change any more. Null when the service stops
 * meanwhile.
 */
async function restartServer({ installation, access, port, ended }: Membership): Promise<Server | null> {
  for (let attempt = 1; !ended.signal.aborted; attempt += 1) {
    try {
      const server =
        (await adoptServer(installation, access)) ?? (await launchServer(installation, access, port))
      installation.log.info({ port, postgresPid: server.pid, attempt }, 'Embedded Postgres is ready again')
      return server
    } catch (error) {
      const delayMs = backoffMs(attempt, restartBackoff)
      installation.log.error(
        { err: error, attempt, delayMs },
        'The embedded Postgres cannot be started; trying again',
      )
      await wait(delayMs, ended.signal)
    }
  }
  return null
}

async function leaveFolder(membership: Membership, watching: Promise<void>): Promise<void> {
  membership.ended.abort()
  await watching
  if (membership.role.is === 'guest') return
  if (membership.role.server !== null) {
    await stopServer(membership.role.server, membership.installation.log)
    membership.installation.log.info('Embedded Postgres stopped')
  }
  await membership.role.release()
}
