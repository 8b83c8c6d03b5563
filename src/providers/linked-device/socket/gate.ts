import type { WASocket } from '@whiskeysockets/baileys'
import type { ConnectionPorts } from '../../contract.ts'

/** The way out of a socket, which everything that is sent must pass. */
export interface Gate {
  /**
   * Holds what is sent from now on until the work is done: what the server is told that we have got must be stored
   * before it is told.
   */
  holdFor(work: Promise<unknown>): void
  /** Ends the socket at once, without another byte. */
  cut(): void
}

/** The socket that the library's client wraps. Its frames are encrypted with a counter, so their order must stay. */
interface RawSocket {
  send(data: unknown, done?: (error?: Error) => void): void
  terminate(): void
}

/**
 * Puts a gate before a socket: a frame leaves only while `mayWrite` says that this process owns the device. A process
 * that was stopped and goes on finds its lease run out here, before it has sent a byte.
 */
export function installGate(
  socket: WASocket,
  { mayWrite }: Pick<ConnectionPorts, 'mayWrite'>,
  onLost: () => void,
): Gate {
  const raw = rawSocketOf(socket)
  const send = raw.send.bind(raw)
  const underWay = new Set<Promise<unknown>>()
  let line: Promise<void> = Promise.resolve()

  function pass(data: unknown, done?: (error?: Error) => void): void {
    if (mayWrite()) return send(data, done)
    raw.terminate()
    onLost()
    done?.(new Error('this process does not own the device any more'))
  }

  raw.send = (data, done) => {
    line = line.then(async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay)
      pass(data, done)
    })
  }
  return {
    holdFor(work) {
      underWay.add(work)
      const end = (): void => void underWay.delete(work)
      work.then(end, end)
    },
    cut: () => raw.terminate(),
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
