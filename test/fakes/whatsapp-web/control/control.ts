import { randomBytes } from 'node:crypto'
import { S_WHATSAPP_NET } from '@whiskeysockets/baileys'
import { z } from 'zod'
import type { Json } from '../../http.ts'
import type { Ledger } from './ledger.ts'
import { mediaKind } from '../media/cipher.ts'
import { addressing, receiptType } from '../options.ts'
import { messageWith } from '../people/content.ts'
import { addressOf, deliver, type LinkedDevice, nameOf, type Person } from '../people/person.ts'
import type { Ending } from '../protocol/connection.ts'
import { node, nowInSeconds } from '../protocol/nodes.ts'
import { scanQr } from '../protocol/pairing.ts'
import { enterCode } from '../protocol/pairing-code.ts'
import type { Rules } from './rules.ts'
import { announcePreKeys } from '../stanzas/keys.ts'
import { logOut, timelockView } from '../stanzas/queries.ts'
import { askAgain, sendReceipt } from '../stanzas/receipts.ts'
import { messageFrom, writeTo } from '../stanzas/writing.ts'
import { pairingsOf, type World } from '../world.ts'

const bytes = z.union([z.instanceof(Buffer), z.string().transform((text) => Buffer.from(text, 'base64'))])

/** One of these is what a message says. */
const content = {
  text: z.string().exactOptional(),
  /** A message in the shape of WhatsApp's protocol buffers; bytes are base64. */
  message: z.record(z.string(), z.unknown()).exactOptional(),
  /** A file, which is put on the media host. Bytes are a buffer or base64. */
  media: z
    .strictObject({
      kind: mediaKind,
      bytes,
      mimeType: z.string(),
      /** Further fields of the message: `caption`, `fileName`, `ptt`, `seconds`, ... */
      fields: z.record(z.string(), z.unknown()).default({}),
    })
    .exactOptional(),
}

export const inboundInput = z.strictObject({
  /** The number whose linked devices get the message. */
  to: z.string(),
  /** The contact who writes. */
  from: z.string(),
  id: z.string().exactOptional(),
  name: z.string().exactOptional(),
  addressing: addressing.default('pn'),
  /** The server does not tell the other address of the contact beside the one that is used. */
  isAlone: z.boolean().default(false),
  /** A group (`...@g.us`) or `status@broadcast`. */
  group: z.string().exactOptional(),
  /** The number of times it is sent, encrypted anew each time. */
  repeat: z.int().min(1).default(1),
  ...content,
})
export type InboundInput = z.input<typeof inboundInput>

export const ownInput = z.strictObject({
  /** The number whose own phone writes. */
  phone: z.string(),
  to: z.string(),
  id: z.string().exactOptional(),
  ...content,
})
export type OwnInput = z.input<typeof ownInput>

export const receiptInput = z.strictObject({
  /** `phone:id`, or the phone when it has one device. */
  device: z.string(),
  /** The WhatsApp message ids. */
  ids: z.array(z.string()).min(1),
  type: receiptType.default('delivered'),
  /** The contact whose phone sends it; the recipient of the first message by default. */
  from: z.string().exactOptional(),
  addressing: addressing.default('pn'),
  /** Unix seconds. */
  at: z.int().exactOptional(),
  repeat: z.int().min(1).default(1),
})
export type ReceiptInput = z.input<typeof receiptInput>

export const restrictionInput = z.strictObject({
  phone: z.string(),
  isActive: z.boolean(),
  /** Unix seconds. */
  endsAt: z.int().nullable().default(null),
  type: z.string().default('WEB_COMPANION_ONLY'),
  /** Notifies the devices at once, instead of when they ask. */
  notify: z.boolean().default(false),
})
export type RestrictionInput = z.input<typeof restrictionInput>

export interface DeviceView {
  device: string
  isOnline: boolean
  /** One-time keys that are left. */
  preKeys: number
  /** Stanzas that it did not acknowledge yet. */
  unacknowledged: number
}

/** The operations that a test has on a running fake. Devices are named `phone:id`, or by the phone alone. */
export interface Control {
  readonly ledger: Ledger
  readonly rules: Rules
  /** Scans a QR code with a phone. Returns the device once the client is linked. */
  scanQr(scan: { qr: string; phone: string }): Promise<string>
  /** Types a pairing code on a phone. Returns the device; rejects when the code is wrong. */
  enterCode(entry: { code: string; phone: string }): Promise<string>
  /** Clients that wait to be paired, with the phone for which they asked a code. */
  pairings(): { phone: string | null }[]
  devices(): DeviceView[]
  /** A contact writes. Returns the message id. */
  inbound(input: InboundInput): Promise<string>
  /** The owner of devices writes from the own phone. Returns the message id. */
  sendFromPhone(input: OwnInput): Promise<string>
  receipt(input: ReceiptInput): void
  /** Ends the socket of a device, which stays linked. */
  disconnect(device: string, why: Ending): void
  /** The device's socket stays open, but nothing is read from it or written to it any more. */
  stall(device: string): void
  /** Unlinks a device, as from the list of devices on the phone. */
  logOut(device: string): void
  setOnWhatsApp(phone: string, isOnWhatsApp: boolean): void
  /** Restricts new chats of a number, or lifts the restriction. */
  restrict(input: RestrictionInput): void
  /** Sets the quota of new chats of a number. */
  setNewChatCap(phone: string, cap: Partial<Person['newChatCap']>): void
  /** A contact's phone loses its Signal sessions, so that it cannot decrypt what devices send in them. */
  loseSessions(phone: string): Promise<void>
  /** Drops all one-time keys of a device but `left`, and notifies it of the count. */
  dropPreKeys(device: string, left: number): void
  /** Forgets a file, as WhatsApp does after some weeks. */
  deleteMedia(path: string): boolean
  mediaPaths(): string[]
  /** Forgets the ledger and the rules; people, devices and media stay. */
  reset(): void
}

export function createControl(world: World): Control {
  const { directory, ledger, rules, media } = world
  const messageOf = (input: Pick<z.infer<typeof inboundInput>, keyof typeof content>): Json => {
    if (input.message) return input.message
    if (input.media) return messageWith(input.media, media, world.mediaHost)
    return { conversation: input.text ?? 'Hello' }
  }

  return {
    ledger,
    rules,
    scanQr: async (scan) => nameOf(await scanQr(world, scan)),
    enterCode: async (entry) => nameOf(await enterCode(world, entry)),
    pairings: () => pairingsOf(world).map(({ hello }) => ({ phone: hello?.phone ?? null })),
    devices: () => directory.devices().map(viewOf),
    async inbound(given) {
      const input = inboundInput.parse(given)
      const author = directory.person(input.from)
      const id = input.id ?? newMessageId()
      const message = messageFrom(messageOf(input))
      const attributes = inboundAttributes(author, { ...input, name: input.name ?? author.name })
      for (const device of directory.person(input.to).devices.values()) {
        for (let time = 0; time < input.repeat; time += 1) {
          await writeTo(world, device, { author, id, message, attributes, group: input.group ?? null })
        }
      }
      return id
    },
    async sendFromPhone(given) {
      const input = ownInput.parse(given)
      const author = directory.person(input.phone)
      const id = input.id ?? newMessageId()
      const destinationJid = addressOf(directory.person(input.to), 'pn')
      const message = messageFrom({ deviceSentMessage: { destinationJid, message: messageOf(input) } })
      const attributes = { from: addressOf(author, 'pn'), recipient: destinationJid, type: 'text' }
      for (const device of author.devices.values()) {
        await writeTo(world, device, { author, id, message, attributes, group: null })
      }
      return id
    },
    receipt(given) {
      const { device, ids, from, repeat, at, ...rest } = receiptInput.parse(given)
      const sender = from ?? ledger.byId(ids[0] ?? '')[0]?.to
      if (sender === undefined)
        throw new Error(`no message ${ids[0] ?? ''} arrived: say from whom the receipt is`)
      const person = directory.person(sender)
      const when = at === undefined ? {} : { at }
      for (let time = 0; time < repeat; time += 1) {
        if (rest.type === 'retry')
          for (const id of ids) askAgain(world, directory.device(device), { person, id })
        else sendReceipt(directory.device(device), { ids, from: person, ...rest, ...when })
      }
    },
    disconnect: (device, why) => directory.device(device).connection?.end(why),
    stall: (device) => directory.device(device).connection?.stall(),
    logOut: (device) => logOut(directory.device(device)),
    setOnWhatsApp: (phone, isOnWhatsApp) => directory.setOnWhatsApp(phone, isOnWhatsApp),
    restrict(given) {
      const { phone, notify, ...timelock } = restrictionInput.parse(given)
      const person = directory.person(phone)
      person.timelock = timelock
      if (notify) for (const device of person.devices.values()) announceRestriction(world, device)
    },
    setNewChatCap: (phone, cap) => void Object.assign(directory.person(phone).newChatCap, cap),
    async loseSessions(phone) {
      const { signal } = directory.person(phone)
      for (const { owner, id } of directory.devices()) await signal.forget(addressOf(owner, 'lid', id))
    },
    dropPreKeys(name, left) {
      const device = directory.device(name)
      device.preKeys.splice(left)
      announcePreKeys(world, device)
    },
    deleteMedia: (path) => media.delete(path),
    mediaPaths: () => media.paths(),
    reset() {
      ledger.clear()
      rules.clear()
    },
  }
}

/** Twenty hexadecimal digits, as phones make them. */
function newMessageId(): string {
  return randomBytes(10).toString('hex').toUpperCase()
}

function viewOf(device: LinkedDevice): DeviceView {
  return {
    device: nameOf(device),
    isOnline: device.connection !== null,
    preKeys: device.preKeys.length,
    unacknowledged: device.unacknowledged.size,
  }
}

function inboundAttributes(
  author: Person,
  {
    group,
    addressing,
    isAlone,
    name,
  }: Pick<z.infer<typeof inboundInput>, 'addressing' | 'isAlone' | 'group'> & { name: string },
): Record<string, string | undefined> {
  const address = addressOf(author, addressing)
  const other = addressOf(author, addressing === 'lid' ? 'pn' : 'lid')
  const role = group === undefined ? 'sender' : 'participant'
  return {
    from: group ?? address,
    participant: group === undefined ? undefined : address,
    [addressing === 'lid' ? `${role}_pn` : `${role}_lid`]: isAlone ? undefined : other,
    addressing_mode: addressing,
    notify: name,
    type: 'text',
  }
}

function announceRestriction(world: World, device: LinkedDevice): void {
  const data = { xwa2_notify_account_reachout_timelock: timelockView(device.owner.timelock) }
  const update = node(
    'update',
    { op_name: 'NotificationUserReachoutTimelockUpdate' },
    Buffer.from(JSON.stringify({ data })),
  )
  const attributes = { from: S_WHATSAPP_NET, type: 'mex', id: world.nextId(), t: nowInSeconds() }
  deliver(device, node('notification', attributes, [update]))
}
