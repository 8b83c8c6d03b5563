import type { BinaryNode, proto } from '@whiskeysockets/baileys'
import { createTimers, type Timers } from '../timers.ts'
import { createLedger, type Ledger, type SocketRecord } from './control/ledger.ts'
import { createMediaStore, type MediaStore } from './media/store.ts'
import type { WhatsAppWebSettings } from './options.ts'
import { createDirectory, type Directory } from './people/directory.ts'
import type { LinkedDevice, Person } from './people/person.ts'
import { type Authority, createAuthority } from './protocol/authority.ts'
import type { Connection } from './protocol/connection.ts'
import { createRules, type Rules } from './control/rules.ts'

/** A client that is not paired yet: it shows QR references, or waits for a code. */
export interface Pairing {
  connection: Connection
  noiseKey: Buffer
  /** The keys with which the client wants to register. */
  keys: proto.ClientPayload.IDevicePairingRegistrationData
  refs: string[]
  /** The client's first message of a pairing by code. */
  hello: { phone: string; wrappedKey: Buffer; ref: Buffer } | null
  /** Set while somebody pairs it. */
  attempt: Attempt | null
}

/** A phone that is pairing a client. `finish` and `fail` settle the promise of the test that started it. */
export interface Attempt {
  by: 'qr' | 'code'
  person: Person
  finish: (device: LinkedDevice) => void
  fail: (why: string) => void
  /** Receives the client's second message of a pairing by code. */
  takeKeys?: (wrapped: Buffer, clientIdentity: Buffer) => void
}

/** The use of a connection after its handshake. */
export type Session =
  | { kind: 'pairing'; pairing: Pairing }
  | { kind: 'device'; device: LinkedDevice; record: SocketRecord }

/** A message that a phone sent to a device, kept so that it can be sent again when the device asks. */
export interface WrittenMessage {
  author: Person
  device: LinkedDevice
  message: proto.IMessage
  attributes: Record<string, string | undefined>
}

/** The state of one fake. */
export interface World {
  settings: WhatsAppWebSettings
  authority: Authority
  directory: Directory
  ledger: Ledger
  rules: Rules
  media: MediaStore
  /** Host and port of the media server, once it listens. */
  mediaHost: string
  timers: Timers
  /** By the connection's number. */
  sessions: Map<number, Session>
  /** By `phone:id` of the device and id of the message. */
  written: Map<string, WrittenMessage>
  /** The count of requests to send a message again, by phone, device and message. */
  retries: Map<string, number>
  /** A number that no other stanza has. */
  nextId: () => string
}

export function createWorld(settings: WhatsAppWebSettings): World {
  let id = 1
  return {
    settings,
    authority: createAuthority(),
    directory: createDirectory(settings.notOnWhatsApp),
    ledger: createLedger(),
    rules: createRules(),
    media: createMediaStore(),
    mediaHost: '',
    timers: createTimers(),
    sessions: new Map(),
    written: new Map(),
    retries: new Map(),
    nextId: () => String(id++),
  }
}

/** Clients that wait to be paired. */
export function pairingsOf(world: World): Pairing[] {
  return [...world.sessions.values()].flatMap((session) =>
    session.kind === 'pairing' ? [session.pairing] : [],
  )
}

/** A handler of stanzas of one kind from a device that is logged in. */
export type StanzaHandler = (world: World, device: LinkedDevice, stanza: BinaryNode) => Promise<void> | void
