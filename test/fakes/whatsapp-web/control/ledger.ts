import { createHash } from 'node:crypto'
import { type Json, isJson } from '../../http.ts'
import type { OpenedMedia } from '../people/content.ts'

/** The server's answer to a message: nothing, an acknowledgement, an error, or the end of the socket. */
export type Answer = 'none' | 'ack' | 'drop' | `error ${number}` | `stream-error ${number}`

/** A message that arrived from a device. The same message sent again is another one, with the same id. */
export interface ArrivedMessage {
  /** The WhatsApp message id, chosen by the sender. */
  id: string
  /** `phone:id` of the device that sent it. */
  device: string
  /** The recipient's E.164 digits; the group's address for a group. */
  to: string
  /** The address as the device wrote it, by phone number or LID. */
  address: string
  /** Unix milliseconds. */
  at: number
  answer: Answer
  answeredAt: number | null
  /** False: a rule kept it from its recipient. */
  isAccepted: boolean
  /** `text`, `image`, `voice`, ...; null until the recipient's phone decrypted it. */
  kind: string | null
  /** The decrypted message as JSON; bytes are base64. */
  content: Json | null
  /** A digest of what the recipient sees: equal for the same message encrypted, or uploaded, once more. */
  digest: string | null
  /** The decrypted file of a media message. */
  media: OpenedMedia | null
  /** Devices and phones that got it, `phone:id`, 0 being the phone. */
  deliveredTo: string[]
  /** The errors of recipients that could not decrypt it. */
  faults: string[]
}

/** A login of a device, from the end of the handshake to the close of the socket. */
export interface SocketRecord {
  connection: number
  device: string
  openedAt: number
  closedAt: number | null
  /** The connection that replaced this one while it was open; null when none did. */
  replacedBy: number | null
  /** The count of stanzas that came in after another connection replaced this one. */
  stanzasAfterReplaced: number
}

/** A receipt that a device sent for messages it got. */
export interface SentReceipt {
  device: string
  ids: string[]
  to: string
  type: string
  at: number
}

/** The record of everything that reached the fake. */
export interface Ledger {
  readonly messages: ArrivedMessage[]
  readonly sockets: SocketRecord[]
  readonly receipts: SentReceipt[]
  /** Whom devices showed that they type: `composing`, `paused`, ... */
  readonly chatStates: { device: string; to: string; state: string; at: number }[]
  /** Devices in the order in which they were paired, with the way. */
  readonly pairings: { device: string; by: 'qr' | 'code'; at: number }[]
  /** Logins that were refused. */
  readonly refusedLogins: { device: string; code: number; at: number }[]
  /** Keys that devices uploaded. */
  readonly keyUploads: { device: string; preKeys: number; at: number }[]
  /** The count of each kind of query: `usync get usync`, `encrypt get digest`, ... */
  readonly queries: Record<string, number>
  /** Stanzas and frames that no client should send, and errors of the fake itself. */
  readonly faults: string[]
  byId(id: string): readonly ArrivedMessage[]
  byRecipient(to: string): readonly ArrivedMessage[]
  /** Ids under which messages with different content arrived. */
  conflicts(): string[]
  /** Contents that a recipient saw under more than one id, as `recipient digest`. */
  shownTwice(): string[]
  /** Sockets that were open when another one logged in as the same device. */
  overlaps(): readonly SocketRecord[]
  clear(): void
}

export function createLedger(): Ledger {
  const messages: ArrivedMessage[] = []
  const sockets: SocketRecord[] = []
  const lists = { receipts: [], chatStates: [], pairings: [], refusedLogins: [], keyUploads: [], faults: [] }
  const queries: Record<string, number> = {}

  return {
    messages,
    sockets,
    queries,
    ...lists,
    byId: (id) => messages.filter((one) => one.id === id),
    byRecipient: (to) => messages.filter((one) => one.to === to.replace(/^\+/, '')),
    conflicts: () =>
      repeated(
        shown(messages),
        (one) => one.id,
        (one) => one.digest ?? '',
      ),
    shownTwice: () =>
      repeated(
        shown(messages),
        (one) => `${one.to} ${one.digest ?? ''}`,
        (one) => one.id,
      ),
    overlaps: () => sockets.filter((one) => one.replacedBy !== null),
    clear() {
      for (const list of [messages, sockets, ...Object.values(lists)]) list.length = 0
      for (const name of Object.keys(queries)) delete queries[name]
    },
  }
}

/** Messages that their recipient saw. */
function shown(messages: readonly ArrivedMessage[]): ArrivedMessage[] {
  return messages.filter((one) => one.digest !== null)
}

/** The keys for which there is more than one value. */
function repeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  valueOf: (item: T) => string,
): string[] {
  const values = new Map<string, Set<string>>()
  for (const item of items) {
    const key = keyOf(item)
    values.set(key, (values.get(key) ?? new Set()).add(valueOf(item)))
  }
  return [...values].filter(([, set]) => set.size > 1).map(([key]) => key)
}

/** The fields that differ between two encryptions, or two uploads, of the same message. */
const incidental = new Set([
  'messageContextInfo',
  'mediaKey',
  'mediaKeyTimestamp',
  'url',
  'directPath',
  'fileEncSha256',
  'streamingSidecar',
])

/** A digest of a message as its recipient sees it. */
export function digestOf(content: Json): string {
  const text = JSON.stringify(content, (name, value: unknown) => {
    if (incidental.has(name)) return undefined
    return isJson(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value
  })
  return createHash('sha256').update(text).digest('hex')
}
