import type { BinaryNode } from '@whiskeysockets/baileys'
import type { Connection } from '../protocol/connection.ts'
import { createSignalIdentity, type SignalIdentity } from './signal.ts'

/** A person with a phone number: a contact, or the owner of linked devices. The phone is device 0. */
export interface Person {
  /** E.164 digits without the plus. */
  readonly phone: string
  /** The user part of the LID, WhatsApp's address without a phone number. */
  readonly lid: string
  /** False: `onWhatsApp` says no, and messages reach nobody. */
  isOnWhatsApp: boolean
  /** The profile name in the person's messages. */
  name: string
  /** The Signal identity of the person's phone. */
  readonly signal: SignalIdentity
  readonly devices: Map<number, LinkedDevice>
  /** The count of devices that were ever linked, because an id is never used twice. */
  devicesEver: number
  timelock: Timelock
  newChatCap: NewChatCap
}

/** A restriction of new chats, as `fetchAccountReachoutTimelock` reports it. */
export interface Timelock {
  isActive: boolean
  /** Unix seconds; null when it does not say. */
  endsAt: number | null
  type: string
}

/** The quota of new chats, as `fetchNewChatMessageCap` reports it. */
export interface NewChatCap {
  total: number
  used: number
  status: 'NONE' | 'FIRST_WARNING' | 'SECOND_WARNING' | 'CAPPED'
}

/** A device that was paired, as the server knows it. */
export interface LinkedDevice {
  readonly id: number
  readonly owner: Person
  /** The client's static noise key; a login with another one is refused. */
  readonly noiseKey: Buffer
  readonly registrationId: Buffer
  readonly identity: Buffer
  signedPreKey: BinaryNode
  /** One-time keys that nobody took yet. */
  preKeys: BinaryNode[]
  connection: Connection | null
  /** True between a login and the end of what waited for it; what comes meanwhile waits too. */
  isCatchingUp: boolean
  /** Stanzas that the device did not acknowledge yet, by class, id and type. They are sent again after a login. */
  readonly unacknowledged: Map<string, BinaryNode>
}

export function createPerson(phone: string, isOnWhatsApp: boolean): Person {
  return {
    phone,
    lid: `9${phone}`,
    isOnWhatsApp,
    name: `Contact ${phone.slice(-4)}`,
    signal: createSignalIdentity(),
    devices: new Map(),
    devicesEver: 0,
    timelock: { isActive: false, endsAt: null, type: 'DEFAULT' },
    newChatCap: { total: 50, used: 0, status: 'NONE' },
  }
}

/** The address of a person or, with a device other than 0, of a device, by phone number or by LID. */
export function addressOf(person: Person, addressing: 'pn' | 'lid', device = 0): string {
  const user = addressing === 'lid' ? person.lid : person.phone
  const server = addressing === 'lid' ? 'lid' : 's.whatsapp.net'
  return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`
}

/** The name of a device in the ledger, the rules and the control: `27821234567:1`. */
export function nameOf(device: LinkedDevice): string {
  return `${device.owner.phone}:${device.id}`
}

/** Returns a bundle of the device's keys for one new session, with a one-time key as long as there are any. */
export function takeBundle(device: LinkedDevice): BinaryNode[] {
  const single = device.preKeys.shift()
  return [
    { tag: 'registration', attrs: {}, content: device.registrationId },
    { tag: 'type', attrs: {}, content: Buffer.from([5]) },
    { tag: 'identity', attrs: {}, content: device.identity },
    device.signedPreKey,
    ...(single === undefined ? [] : [single]),
  ]
}

/** Sends a stanza that the device must acknowledge: now, and after each login until it does. */
export function deliver(device: LinkedDevice, stanza: BinaryNode): void {
  device.unacknowledged.set(receiptKey(stanza.tag, stanza.attrs), stanza)
  if (!device.isCatchingUp) device.connection?.send(stanza)
}

/** Records an acknowledgement. A receipt acknowledges a message too. */
export function acknowledge(device: LinkedDevice, stanzaClass: string, attrs: BinaryNode['attrs']): void {
  device.unacknowledged.delete(receiptKey(stanzaClass, attrs))
}

function receiptKey(stanzaClass: string, { id = '', type = '' }: BinaryNode['attrs']): string {
  return stanzaClass === 'message' ? `message ${id}` : `${stanzaClass} ${id} ${type}`
}
