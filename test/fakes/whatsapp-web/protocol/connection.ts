import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, type proto } from '@whiskeysockets/baileys'
import type { WebSocket } from 'ws'
import type { Authority } from './authority.ts'
import { createFrameReader, toFrame } from './frames.ts'
import { createHandshake, type Transport } from './noise.ts'
import { node } from './nodes.ts'

/** A WebSocket of a client, from before its handshake to its close. */
export interface Connection {
  readonly id: number
  /** Sends a stanza. Does nothing when the socket is closed, stalled or still in the handshake. */
  send(stanza: BinaryNode): void
  /** Ends the stream as the server does: a stanza that says why, then the close of the socket. */
  end(why: Ending): void
  /** Stops reading and answering, while the socket stays open. */
  stall(): void
}

/** The ways in which a socket ends. The library reports the code of `stream-error` and `failure` as its reason. */
export type Ending =
  | { kind: 'stream-error'; code: number; reason?: string }
  | { kind: 'failure'; code: number }
  | { kind: 'end' }
  | { kind: 'drop' }

/** The callbacks of a connection. */
export interface Listener {
  /** The handshake is over; `clientKey` is the client's static noise key. */
  onClient(connection: Connection, payload: proto.ClientPayload, clientKey: Buffer): void
  onStanza(connection: Connection, stanza: BinaryNode): Promise<void> | void
  onClose(connection: Connection): void
  /** Something that a client never does, or an error of the fake itself. The connection is dropped. */
  onFault(connection: Connection, fault: unknown): void
}

/** Serves one socket. Frames are handled one after the other, in the order in which they came. */
export function openConnection(
  socket: WebSocket,
  { id, authority, listener }: { id: number; authority: Authority; listener: Listener },
): Connection {
  const frames = createFrameReader()
  const handshake = createHandshake(authority)
  let stage: 'hello' | 'finish' | Transport = 'hello'
  let stalled = false
  let handled = Promise.resolve()

  const connection: Connection = {
    id,
    send(stanza) {
      if (stalled || typeof stage === 'string' || socket.readyState !== socket.OPEN) return
      socket.send(toFrame(stage.encrypt(encodeBinaryNode(stanza))))
    },
    end(why) {
      if (why.kind === 'drop') return socket.terminate()
      connection.send(lastWords(why))
      socket.close()
    },
    stall: () => void (stalled = true),
  }

  async function handle(frame: Buffer): Promise<void> {
    if (stalled) return
    if (stage === 'hello') {
      stage = 'finish'
      socket.send(toFrame(handshake.hello(frame)))
    } else if (stage === 'finish') {
      const { payload, clientKey, transport } = handshake.finish(frame)
      stage = transport
      listener.onClient(connection, payload, clientKey)
    } else {
      await listener.onStanza(connection, await decodeBinaryNode(stage.decrypt(frame)))
    }
  }

  socket.on('message', (data: Buffer) => {
    handled = handled
      .then(async () => {
        for (const frame of frames.read(data)) await handle(frame)
      })
      .catch((fault: unknown) => {
        listener.onFault(connection, fault)
        socket.terminate()
      })
  })
  socket.on('close', () => listener.onClose(connection))
  // A client that resets its connection is closed just the same.
  socket.on('error', () => socket.terminate())
  return connection
}

/** WhatsApp's words for these reasons. The library looks at the code alone. */
const reasons: Record<number, string> = { 401: 'device_removed', 440: 'replaced' }

function lastWords(why: Exclude<Ending, { kind: 'drop' }>): BinaryNode {
  switch (why.kind) {
    case 'end':
      return node('xmlstreamend')
    case 'failure':
      return node('failure', { reason: String(why.code), location: 'lla' })
    case 'stream-error': {
      const type = why.reason ?? reasons[why.code]
      const content = type === undefined ? undefined : [node('conflict', { type })]
      return node('stream:error', { code: String(why.code) }, content)
    }
  }
}
