import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { backoffMs } from '../../kit/backoff.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import type { Log } from '../../kit/log.ts'
import { findBinaries } from './binaries.ts'
import { clusterDatabase, clusterUser, ensureCluster, readCard, writeCard, type Card } from './cluster.ts'
import { chooseOsUser } from './os-user.ts'
import { claimOwnership } from './owner.ts'
import { freePort, isFree } from './port.ts'
import { adoptServer, findServer, launchServer, stopServer, type Place, type Server } from './server.ts'

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

interface Stay {
  place: Place
  ownerPath: string
  card: Card
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
 * others are guests and leave it alone; when the owner ends, a guest takes its place and brings Postgres back
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
  const place: Place = { directory, postgres: binaries.postgres, user, log }
  const prepare = (): Promise<Card> => ensureCluster({ directory, binaries, user, log })
  const stay = await enter({ place, ownerPath, portAsked: input.port, prepare })
  const watching = keepRunning(stay)
  let stopped: Promise<void> | null = null
  return {
    url: `postgresql://${clusterUser}:${stay.card.password}@127.0.0.1:${stay.port}/${clusterDatabase}`,
    stop: () => (stopped ??= leave(stay, watching)),
  }
}

/** As the owner, or as the guest of an owner whose Postgres answers. */
async function enter(input: {
  place: Place
  ownerPath: string
  portAsked: number | undefined
  prepare: () => Promise<Card>
}): Promise<Stay> {
  const { place, ownerPath } = input
  const ended = new AbortController()
  for (let waitedMs = 0; waitedMs < guestWaitMsMax; waitedMs += guestPollMs) {
    const claim = await claimOwnership(ownerPath)
    if (claim.owner === 'us') {
      const { release } = claim
      try {
        const { card, server } = await firstServer(place, await input.prepare(), input.portAsked)
        return { place, ownerPath, card, port: server.port, role: { is: 'owner', server, release }, ended }
      } catch (error) {
        await release()
        throw error
      }
    }
    const card = await readCard(place.directory)
    const port = card === null ? null : await findServer(place, card)
    if (card !== null && port !== null) {
      place.log.info({ port, ownerPid: claim.pid }, 'Using the embedded Postgres of another service')
      return { place, ownerPath, card, port, role: { is: 'guest' }, ended }
    }
    if (waitedMs === 0)
      place.log.info({ ownerPid: claim.pid }, 'Waiting for the embedded Postgres of another service')
    await wait(guestPollMs)
  }
  throw new Error(
    `Another service owns ${place.directory}, and its Postgres did not answer within ${guestWaitMsMax} ms`,
  )
}

/** Adopts or starts, choosing a port: the one asked for, else the one of last time, else any that is free. */
async function firstServer(
  place: Place,
  card: Card,
  portAsked: number | undefined,
): Promise<{ card: Card; server: Server }> {
  const adopted = await adoptServer(place, card)
  if (adopted !== null) {
    place.log.info(
      { port: adopted.port, postgresPid: adopted.pid },
      'Adopted the embedded Postgres of an ended service',
    )
    return { card, server: adopted }
  }
  const wanted = portAsked ?? card.port
  for (let attempt = 1; ; attempt += 1) {
    const port = portAsked !== undefined || (await isFree(wanted)) ? wanted : await freePort()
    const current = { ...card, port }
    if (port !== card.port) await writeCard(place.directory, current, place.user)
    try {
      const server = await launchServer(place, current, port)
      place.log.info(
        { port, postgresPid: server.pid, directory: place.directory },
        'Embedded Postgres is ready',
      )
      return { card: current, server }
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
async function keepRunning(stay: Stay): Promise<void> {
  const { place, ended } = stay
  const over = new Promise<null>((resolve) => {
    ended.signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  let shortLives = 0
  while (!ended.signal.aborted) {
    if (stay.role.is === 'guest') {
      await wait(guestPollMs, ended.signal)
      if (!ended.signal.aborted) stay.role = await succeed(stay)
    } else if (stay.role.server === null) {
      stay.role.server = await bringBack(stay)
    } else {
      const bornMs = Date.now()
      const reason = await Promise.race([stay.role.server.gone, over])
      if (reason === null) return
      place.log.error(
        { postgresPid: stay.role.server.pid },
        `The embedded Postgres died (${reason}); starting it again`,
      )
      stay.role.server = null
      shortLives = Date.now() - bornMs < healthyMs ? shortLives + 1 : 0
      if (shortLives > 1) await wait(backoffMs(shortLives - 1, restartBackoff), ended.signal)
    }
  }
}

/** A guest takes the place of an owner that has ended. */
async function succeed({ place, ownerPath }: Stay): Promise<Role> {
  try {
    const claim = await claimOwnership(ownerPath)
    if (claim.owner === 'other') return { is: 'guest' }
    place.log.info('The service that owned the embedded Postgres ended; this one owns it now')
    return { is: 'owner', server: null, release: claim.release }
  } catch (error) {
    place.log.warn({ err: error }, 'The owner of the embedded Postgres cannot be read')
    return { is: 'guest' }
  }
}

/**
 * The port is part of a URL that is in use, so it cannot change any more. Null when the service stops
 * meanwhile.
 */
async function bringBack({ place, card, port, ended }: Stay): Promise<Server | null> {
  for (let attempt = 1; !ended.signal.aborted; attempt += 1) {
    try {
      const server = (await adoptServer(place, card)) ?? (await launchServer(place, card, port))
      place.log.info({ port, postgresPid: server.pid, attempt }, 'Embedded Postgres is ready again')
      return server
    } catch (error) {
      const delayMs = backoffMs(attempt, restartBackoff)
      place.log.error(
        { err: error, attempt, delayMs },
        'The embedded Postgres cannot be started; trying again',
      )
      await wait(delayMs, ended.signal)
    }
  }
  return null
}

async function leave(stay: Stay, watching: Promise<void>): Promise<void> {
  stay.ended.abort()
  await watching
  if (stay.role.is === 'guest') return
  if (stay.role.server !== null) {
    await stopServer(stay.role.server, stay.place.log)
    stay.place.log.info('Embedded Postgres stopped')
  }
  await stay.role.release()
}
