import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import {
  type AuthenticationCreds,
  BufferJSON,
  type ConnectionState,
  initAuthCreds,
  makeWASocket,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
  type WASocket,
} from '@whiskeysockets/baileys'
import { onTestFinished, vi } from 'vitest'
import { authorityFile } from '../../fakes/certificates/index.ts'
import type { WhatsAppWeb } from '../../fakes/whatsapp-web/server.ts'
import { createMemoryKeys, type MemoryKeys } from './memory-keys.ts'
import { quietLibsignal } from './quiet-libsignal.ts'
import { silentLogger } from './silent-logger.ts'

/** The real library against the fake, for tests. Every wait is for a condition and ends with an error in time. */

quietLibsignal()

const patience = { timeout: 10_000, interval: 5 }

/** The state that a client keeps between two connections. */
export interface Memory {
  creds: AuthenticationCreds
  keys: MemoryKeys
}

export function newMemory(): Memory {
  return { creds: initAuthCreds(), keys: createMemoryKeys() }
}

/** A copy of the credentials as a store would give them back. The keys stay where they are. */
export function reloaded({ creds, keys }: Memory): Memory {
  return { creds: JSON.parse(JSON.stringify(creds, BufferJSON.replacer), BufferJSON.reviver), keys }
}

/** A status of a message, as the library reports it; `error` when the server refused the message. */
export interface StatusUpdate {
  id: string
  from: string
  status: number
  error: string | null
}

/** A socket of the library with the events that it reported, in order. */
export interface Client {
  socket: WASocket
  memory: Memory
  states: Partial<ConnectionState>[]
  statuses: StatusUpdate[]
  messages: WAMessage[]
  /** The server's acknowledgements of messages, which the library reports only when they carry an error. */
  acks: { id: string; error: string | null }[]
}

/** Opens a socket on the fake. It is ended with the test. */
export function connect(
  whatsApp: Pick<WhatsAppWeb, 'socketUrl' | 'rootKey'>,
  memory: Memory = newMemory(),
  config: Partial<UserFacingSocketConfig> = {},
): Client {
  trust(whatsApp)
  const socket = makeWASocket({
    auth: memory,
    waWebSocketUrl: whatsApp.socketUrl,
    logger: silentLogger,
    fetchAgent: new Agent({ ca: readFileSync(authorityFile) }),
    // With own events on, the library folds fast statuses into messages.upsert.
    emitOwnEvents: false,
    markOnlineOnConnect: false,
    shouldSyncHistoryMessage: () => false,
    ...config,
  })
  const client: Client = { socket, memory, states: [], statuses: [], messages: [], acks: [] }
  record(client)
  onTestFinished(() => socket.end(undefined))
  return client
}

/** Makes the library accept the fake's certificates: its key of the real authority is a constant that can change. */
function trust({ rootKey }: Pick<WhatsAppWeb, 'rootKey'>): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex')
}

function record({ socket, states, statuses, messages, acks }: Client): void {
  socket.ev.on('connection.update', (state) => states.push(state))
  socket.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) {
      const error = update.messageStubParameters?.[0] ?? null
      statuses.push({ id: key.id ?? '', from: key.remoteJid ?? '', status: Number(update.status), error })
    }
  })
  socket.ev.on('messages.upsert', (batch) => messages.push(...batch.messages))
  socket.ws.on('CB:ack,class:message', ({ attrs }: { attrs: Record<string, string> }) =>
    acks.push({ id: attrs['id'] ?? '', error: attrs['error'] ?? null }),
  )
}

/** Waits until a condition gives something, and returns it. */
export function until<T>(condition: () => T): ReturnType<typeof vi.waitUntil<T>> {
  return vi.waitUntil(condition, patience)
}

/** Waits for the first QR code. */
export function qrOf({ states }: Client): Promise<string> {
  return until(() => states.find(({ qr }) => qr !== undefined)?.qr)
}

/** Waits until the socket is open. */
export async function opened(client: Client): Promise<Client> {
  await until(() => client.states.some(({ connection }) => connection === 'open'))
  return client
}

/** Waits until the socket is closed and returns the reason, the library's `DisconnectReason`. */
export async function closed({ states }: Client): Promise<number> {
  const state = await until(() => states.find(({ connection }) => connection === 'close'))
  return reasonOf(state.lastDisconnect?.error)
}

function reasonOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('output' in error)) return 0
  const { output } = error
  return typeof output === 'object' && output !== null && 'statusCode' in output
    ? Number(output.statusCode)
    : 0
}

/** Pairs a new client by QR and returns it once it is logged in. */
export async function pair(
  whatsApp: WhatsAppWeb,
  phone: string,
  config: Partial<UserFacingSocketConfig> = {},
): Promise<Client> {
  const first = connect(whatsApp, newMemory(), config)
  await whatsApp.control.scanQr({ qr: await qrOf(first), phone })
  await closed(first)
  return opened(connect(whatsApp, first.memory, config))
}
