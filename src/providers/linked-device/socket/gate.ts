import type { WASocket } from '@whiskeysockets/baileys'
import type { ConnectionPorts } from '../../contract.ts'
import type { DeviceMemory } from './memory.ts'

/** The way out of a socket, which everything that is sent must pass. */
export interface Gate {
  /**
   * Holds what is sent from now on until the work is done: an arrival must be stored before it is confirmed
   * to the server.
   */
  holdFor(work: Promise<unknown>): void
  /** Ends the socket at once, without another byte. Nothing that has not been stored is stored any more. */
  cut(): void
  /** Resolves when nothing is being stored. */
  settled(): Promise<void>
}

/** The socket that the library's client wraps. Its frames are encrypted with a counter, so their order must stay. */
interface RawSocket {
  send(data: unknown, done?: (error?: Error) => void): void
  terminate(): void
}

/** How long changes of the memory may wait for a frame that leaves. */
const idleMs = 500

/**
 * Puts a gate before a socket: a frame leaves once what has come in is stored, and then the memory, and only while
 * `mayWrite` says that this process owns the device. A process that was stopped and goes on finds its lease run out
 * here, before it has sent a byte. `onLost`: it does not own the device; `onFailure`: the memory could not be stored.
 */
export function installGate(
  socket: WASocket,
  {
    mayWrite,
    memory,
    onLost,
    onFailure,
  }: Pick<ConnectionPorts, 'mayWrite'> & {
    memory: Pick<DeviceMemory, 'flush' | 'isChanged'>
    onLost(): void
    onFailure(error: unknown): void
  },
): Gate {
  const raw = rawSocketOf(socket)
  const send = raw.send.bind(raw)
  const underWay = new Set<Promise<unknown>>()
  let isCut = false
  let line: Promise<void> = Promise.resolve()

  function inLine(act: () => void): void {
    line = line.then(async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay)
      if (isCut) return
      try {
        if (memory.isChanged()) await memory.flush()
        act()
      } catch (error) {
        onFailure(error)
      }
    })
  }

  raw.send = (data, done) =>
    inLine(() => {
      if (isCut) return done?.(new Error('the socket is closed'))
      if (mayWrite()) return send(data, done)
      onLost()
      done?.(new Error('this process does not own the device any more'))
    })
  const idle = setInterval(() => {
    if (memory.isChanged()) inLine(() => undefined)
  }, idleMs)
  return {
    holdFor(work) {
      underWay.add(work)
      const end = (): void => void underWay.delete(work)
      work.then(end, end)
    },
    cut() {
      isCut = true
      clearInterval(idle)
      raw.terminate()
    },
    settled: () => line,
  }
}

function rawSocketOf({ ws }: WASocket): RawSocket {
  const raw: unknown = Reflect.get(ws, 'socket')
  if (isRawSocket(raw)) return raw
  throw new Error('the library keeps its socket elsewhere')
}

function isRawSocket(value: unknown): value is RawSocket {
  return (
    typeof value === 'object' &&
    value !== null &&
    'send' in value &&
    'terminate' in value &&
    typeof value.send === 'function' &&
    typeof value.terminate === 'function'
  )
}
