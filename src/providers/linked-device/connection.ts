import { within } from '../../kit/concurrency/within.ts'
import type { Connection, ConnectionEnd, ConnectionPorts, ConnectionPurpose } from '../contract.ts'
import { createAckBook } from './sending/ack-book.ts'
import { watchArrivals } from './socket/arrivals.ts'
import { createComposer } from './sending/composer.ts'
import { installGate } from './socket/gate.ts'
import type { Library } from './library.ts'
import { checkLiveness, watchLiveness } from './socket/liveness.ts'
import { openMemory } from './socket/memory.ts'
import { placeKey, placeValue, uploadWith } from './messages/uploads.ts'
import { ackTimeoutMs, type LinkedDeviceOptions } from './options.ts'
import { watchPairing } from './socket/pairing.ts'
import { refused } from './protocol/acks.ts'
import { codeOf, endOf } from './protocol/ends.ts'
import { userOf } from './protocol/jid.ts'
import { statusesIn } from './protocol/receipts.ts'
import { markRead } from './sending/mark-read.ts'
import { createReachability } from './sending/reachable.ts'
import { readRestriction } from './sending/restriction.ts'
import { surviveStrayErrors } from './safety/stray-errors.ts'
import { sendMessage } from './sending/send.ts'
import { createSentBook } from './sending/sent-book.ts'
import type { DeviceSettings } from './settings.ts'
import { openSocket } from './socket/open.ts'
import type { Proxy } from './socket/tunnel-agent.ts'

/** From the opening of a socket until the device is logged in, or shows its first code. */
const openMsMax = 40_000
/** For acknowledgements that are still to come when a connection is stopped. */
const drainMs = 800

/** Opens the one socket of a device. It lives until it ends, and is not opened again. */
export async function openConnection(
  library: Library,
  options: LinkedDeviceOptions,
  {
    settings,
    ports,
    purpose,
  }: { settings: DeviceSettings; ports: ConnectionPorts; purpose: ConnectionPurpose },
): Promise<Connection> {
  surviveStrayErrors(ports.log)
  const memory = await openMemory(library, ports.storage, { fresh: purpose.kind === 'pair' })
  if (purpose.kind === 'link' && !memory.isLinked()) {
    return overAtOnce(ports, 'logged_out', 'The keys of this device are gone. Pair it again.')
  }
  const proxy = await proxyOf(settings, ports).catch((error: unknown) => textOf(error))
  if (typeof proxy === 'string') return overAtOnce(ports, 'retry', `The proxy cannot be used: ${proxy}.`)
  const acks = createAckBook()
  const sent = createSentBook(() => composer, ports)
  const socket = openSocket(library, options, {
    memory,
    proxy,
    log: ports.log,
    getMessage: ({ id }) => sent.contentOf(id ?? ''),
  })
  const gate = installGate(socket, {
    mayWrite: ports.mayWrite,
    memory,
    onLost: () => end('lost', 'Another process holds this device.'),
    onFailure: () => end('lost', 'What the device must remember could not be stored.'),
  })
  const composer = createComposer(library, {
    ports,
    userJid: () => memory.auth.creds.me?.id ?? '',
    upload: socket.waUploadToServer,
  })
  const reachability = createReachability(socket)
  const ownUsers = (): ReadonlySet<string> => {
    const { me } = memory.auth.creds
    return new Set([me?.id, me?.lid].flatMap((jid) => (jid === undefined ? [] : [userOf(jid)])))
  }

  let state: 'opening' | 'open' | 'stopping' | 'ended' = 'opening'
  let resolveEnded: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (resolveEnded = resolve))
  const stopLiveness = new AbortController()
  const opening = setTimeout(() => end('retry', 'WhatsApp did not let the device in in time.'), openMsMax)
  const dead = (): void => end('retry', 'The connection stopped to answer.')
  const onLost = (): void => end('lost', 'Another process holds this device.')
  ports.signal.addEventListener('abort', onLost, { once: true })

  /** Ends once, whoever finds the reason first. */
  function end(why: ConnectionEnd, detail: string): void {
    if (state === 'ended') return
    state = 'ended'
    clearTimeout(opening)
    stopLiveness.abort()
    ports.signal.removeEventListener('abort', onLost)
    acks.endAll()
    gate.cut()
    void socket.end(undefined).catch(() => undefined)
    void finish(why).then(() => {
      ports.onReport({ kind: 'ended', end: why, detail })
      resolveEnded()
    })
  }

  /**
   * The keys of a pairing are stored by now or must be. Anything else that has not been stored has
   * not been confirmed to the server either, and is better forgotten: it comes again.
   */
  async function finish(why: ConnectionEnd): Promise<void> {
    await gate.settled()
    if (why === 'reopen') await memory.flush().catch(() => undefined)
  }

  function opened(): void {
    if (state !== 'opening') return
    state = 'open'
    clearTimeout(opening)
    const { me } = memory.auth.creds
    void watchLiveness(socket, options, stopLiveness.signal, dead)
    ports.onReport({ kind: 'connected', phone: userOf(me?.id ?? ''), pushName: me?.name ?? null })
    void keepMediaPlace()
  }

  /** Other processes upload files for the device with the answers that the connection gets here. */
  async function keepMediaPlace(): Promise<void> {
    try {
      const value = placeValue(await socket.refreshMediaConn(false))
      await ports.storage.write([{ ...placeKey, value }])
    } catch {
      ports.log.debug({}, 'where files are uploaded to is not known yet')
    }
  }

  socket.ev.on('creds.update', () => memory.changeCredentials())
  watchPairing({ socket, purpose, ports, isLinked: memory.isLinked, onShown: () => clearTimeout(opening) })
  socket.ev.on('connection.update', ({ connection, lastDisconnect, isNewLogin, reachoutTimeLock: lock }) => {
    if (isNewLogin === true) ports.onReport({ kind: 'paired', phone: userOf(memory.auth.creds.me?.id ?? '') })
    if (connection === 'open') setTimeout(opened, options.settleMs)
    if (lock !== undefined) {
      ports.onReport({
        kind: 'restricted',
        until: lock.isActive === true ? (lock.timeEnforcementEnds ?? null) : null,
      })
    }
    if (connection !== 'close') return
    const { end: why, detail } = endOf(codeOf(lastDisconnect?.error))
    if (purpose.kind === 'pair' && !memory.isLinked()) end('unpaired', 'The code was not used in time.')
    else end(why, detail)
  })
  socket.ws.on('CB:ack,class:message', acks.receive)
  socket.ws.on('CB:receipt', (node) => {
    const events = statusesIn(node, { ownUsers: ownUsers(), messageIdOf: sent.messageIdOf })
    if (events.length === 0) return
    const stored = ports.onEvents(events)
    gate.holdFor(stored)
    stored.catch(() => end('retry', 'What WhatsApp reported could not be stored.'))
  })
  watchArrivals({
    library,
    socket,
    settings,
    ports,
    ownUsers,
    onContact: reachability.learn,
    holdFor: gate.holdFor,
    onFailure: () => end('retry', 'A message that came in could not be stored.'),
  })

  const parts = {
    socket,
    acks,
    composer,
    reachability,
    typing: settings.typing === true,
    timeouts: { sendMs: options.timeoutMs, ackMs: ackTimeoutMs(options) },
    closed: () => (state === 'open' ? null : 'The device is not connected'),
    onSent: sent.keep,
    onSilence: () => void checkLiveness(socket, options, dead),
    onRestricted: () => readRestriction(socket, ports),
    ports,
  }

  return {
    channel: {
      send: (message, signal) => sendMessage(parts, message, signal),
      markRead: (message) => markRead(socket, message),
      uploadMedia: (file) =>
        uploadWith(
          library,
          { upload: socket.waUploadToServer, keep: (entry) => ports.storage.write([entry]) },
          file,
        ),
    },
    async stop() {
      if (state === 'open') {
        state = 'stopping'
        await within(drainMs, acks.idle(), undefined)
      }
      end('retry', 'The connection was stopped.')
      await ended
    },
    async logOut() {
      await within(
        3_000,
        socket.logout().catch(() => undefined),
        undefined,
      )
      end('logged_out', 'The device was logged out.')
      await ended
    },
  }
}

/** The proxy that the settings name, at an address that may be connected to. */
async function proxyOf(
  { proxyUrl: url }: DeviceSettings,
  { addressOf }: Pick<ConnectionPorts, 'addressOf'>,
): Promise<Proxy | null> {
  return url === undefined ? null : { url, address: await addressOf(new URL(url).hostname) }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The connection of a device that cannot be opened: it ended before it began. */
function overAtOnce({ onReport }: ConnectionPorts, end: ConnectionEnd, detail: string): Connection {
  queueMicrotask(() => onReport({ kind: 'ended', end, detail }))
  return {
    channel: { send: () => Promise.resolve(refused('connection_failed', detail)) },
    stop: () => Promise.resolve(),
    logOut: () => Promise.resolve(),
  }
}
