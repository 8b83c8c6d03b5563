import type { Readable } from 'node:stream'
import type { ProviderEvent } from '../domain/provider-event.ts'
import type { Channel, OutboundMessage, ProviderSession } from './contract.ts'

// The part of the contract for providers whose sessions hold a connection of their own. Read `ConnectionDriver` first.
// It is exported by contract.ts too, from which all other rooms import it.

/** The part of a connection's storage that any process may use, beside the one that owns the connection. */
export interface SessionMemory {
  read(type: string, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** Keeps a value beside the connection's own; one that is there stays. */
  add(entry: { type: string; id: string; value: Buffer }): Promise<void>
}

/**
 * The keys and state of one connection, kept for it between processes. The storage encrypts every value, and writes
 * with the fencing number of the lease under which the connection was started: once another process has taken the
 * lease, `write` rejects and changes nothing.
 */
export interface ConnectionStorage {
  read(type: string, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** Writes all entries in one transaction; null deletes one. */
  write(entries: readonly { type: string; id: string; value: Buffer | null }[]): Promise<void>
}

/** The purpose for which a connection is started. */
export type ConnectionPurpose =
  | { kind: 'link' }
  | { kind: 'pair'; method: 'qr' }
  | { kind: 'pair'; method: 'code'; phone: string }

/**
 * The reason why a connection ended, and what follows.
 *
 * - `reopen`: it is opened again at once.
 * - `retry`: it is opened again after a back-off.
 * - `broken`: the same; but if it goes on, only a new pairing helps.
 * - `unpaired`: a pairing was not finished in time, or refused.
 * - `logged_out`, `banned`: only a new pairing brings the device back.
 * - `replaced`: somebody else uses the pairing; the owner decides.
 * - `lost`: this process must not go on, because its lease is lost or its storage refused a write.
 */
export type ConnectionEnd =
  | 'reopen'
  | 'retry'
  | 'broken'
  | 'unpaired'
  | 'logged_out'
  | 'banned'
  | 'replaced'
  | 'lost'

/** A report of a connection about itself; they come in order. */
export type ConnectionReport =
  /** A code is shown for so long. `shown` is the text of the QR code, or eight characters. */
  | { kind: 'code'; method: 'qr' | 'code'; shown: string; forMs: number }
  /** The phone has linked the device. */
  | { kind: 'paired'; phone: string }
  | { kind: 'connected'; phone: string; pushName: string | null }
  /** The provider refuses chats with new people until then; null: no more. */
  | { kind: 'restricted'; until: Date | null }
  /** The last report of a connection. `detail` is a sentence for people. */
  | { kind: 'ended'; end: ConnectionEnd; detail: string }

/** A file that was fetched from a URL. The caller must read `stream` to its end or destroy it. */
export type FetchedFile =
  | { ok: true; mimeType: string | null; stream: Readable }
  | { ok: false; detail: string; retryable: boolean }

/** The ports that the owning process gives to a connection, so that a provider imports no store and no queue. */
export interface ConnectionPorts {
  storage: ConnectionStorage
  onReport(report: ConnectionReport): void
  /** Hands over receipts and inbound messages; resolves when they are stored. */
  onEvents(events: readonly ProviderEvent[]): Promise<void>
  /** A message that went out, by the provider's id, so that it can be encrypted anew for a phone that asks. */
  findSent(externalId: string): Promise<OutboundMessage | null>
  /** Fetches a file by a public URL, past no guard and up to a size. */
  fetchFile(url: string, bytesMax: number, signal: AbortSignal): Promise<FetchedFile>
  /** An address of a host that the owner named, which is allowed: connect to no other. Throws when there is none. */
  addressOf(hostname: string): Promise<string>
  /** False once the lease may have run out: not one more byte may be sent. */
  mayWrite(): boolean
  /** Fires when the process has lost the lease, or gives it up. */
  signal: AbortSignal
  log: ConnectionLog
}

/** Where a connection writes what an operator may want to know; never keys, and never what people write. */
export interface ConnectionLog {
  debug(details: object, text: string): void
  warn(details: object, text: string): void
}

/** A live connection of one session, in the one process that owns it. It ends once and is not used again. */
export interface Connection {
  channel: Channel
  /** Closes the socket and resolves when the last write to the storage is done. The pairing stays. */
  stop(): Promise<void>
  /** Unpairs the device at the provider, as far as the provider can be reached. */
  logOut(): Promise<void>
}

/** How the connections of a provider's sessions are opened. */
export interface ConnectionDriver<Settings = unknown> {
  /** Null when it can be used; otherwise a sentence for the operator: what is missing, and how to get it. */
  missing(): Promise<string | null>
  /** Starts a connection. It opens in the background and reports how it goes. */
  open(
    session: ProviderSession<Settings>,
    ports: ConnectionPorts,
    purpose: ConnectionPurpose,
  ): Promise<Connection>
  /** The ids that one of our messages can have whose id at the provider is this one; null when it is none of ours. */
  messageIdsOf(externalId: string): MessageIdRange | null
  /** The pace of a session: how many messages may go at once, and how far the times between them vary. */
  pace(settings: Settings): ConnectionPace
}

/** A range of our message ids, and which of them it is. */
export interface MessageIdRange {
  from: string
  to: string
  isIt(id: string): boolean
}

/** How a device keeps from being banned. */
export interface ConnectionPace {
  /** Messages that may go at once after a pause. */
  burst: number
  /** 0.5: from half to one and a half times the spacing. */
  jitter: number
  /** Chats with new people that may be started in 24 hours. */
  newChatsPerDay: number
}
