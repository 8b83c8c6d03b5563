import { type BinaryNode, getAllBinaryNodeChildren, getBinaryNodeChildren } from '@whiskeysockets/baileys'
import type { Addressing, ReceiptPlan, ReceiptType } from '../options.ts'
import { acknowledge, addressOf, deliver, type LinkedDevice, nameOf, type Person } from '../people/person.ts'
import { bigEndian, childAt, node, nowInSeconds } from '../protocol/nodes.ts'
import type { World } from '../world.ts'
import { writeAgain } from './writing.ts'

/** A receipt that a contact's phone sends for a message of a device. */
export interface Receipt {
  ids: readonly string[]
  from: Person
  type: ReceiptType
  addressing: Addressing
  /** Unix seconds. */
  at?: number
}

/** Records a receipt from a device, and forwards it when a linked device sent the message. */
export async function receiveReceipt(world: World, device: LinkedDevice, stanza: BinaryNode): Promise<void> {
  const { id = '', to = '', type } = stanza.attrs
  const items = getBinaryNodeChildren(childAt(stanza, 'list'), 'item')
  const ids = [id, ...items.map(({ attrs }) => attrs['id'] ?? '')]
  world.ledger.receipts.push({ device: nameOf(device), ids, to, type: type ?? 'delivered', at: Date.now() })
  for (const one of ids) acknowledge(device, 'message', { id: one })
  device.connection?.send(node('ack', { class: 'receipt', id, from: to, type }))
  const target = world.directory.at(to)
  if (!target) return
  if (type === 'retry' && target.device === 0) return writeAgain(world, device, { id, keys: keysIn(stanza) })
  passOn(device, target, stanza)
}

/** The key bundle in a request to send a message again: devices give one from their second request on. */
function keysIn(stanza: BinaryNode): BinaryNode[] | null {
  const keys = childAt(stanza, 'keys')
  const registration = childAt(stanza, 'registration')
  return keys && registration ? [registration, ...getAllBinaryNodeChildren(keys)] : null
}

/** Passes a receipt on to the linked devices of whom it is for: to one of them, or to all. */
function passOn(
  from: LinkedDevice,
  to: { person: Person; device: number },
  { attrs, content }: BinaryNode,
): void {
  if (from.owner === to.person) return
  const devices = [...to.person.devices.values()].filter((one) => to.device === 0 || one.id === to.device)
  const { id, type } = attrs
  const sender = addressOf(from.owner, 'pn', type === 'retry' ? from.id : 0)
  for (const device of devices) {
    deliver(device, node('receipt', { from: sender, id, type, t: nowInSeconds() }, content))
  }
}

/** Sends a receipt to the device that wrote the messages. */
export function sendReceipt(device: LinkedDevice, { ids, from, type, addressing, at }: Receipt): void {
  const [id, ...others] = ids
  const items = others.map((other) => node('item', { id: other }))
  const address = addressOf(from, addressing)
  // A `sender` receipt comes from the device owner's own phone and names the chat.
  const route =
    type === 'sender'
      ? { from: addressOf(device.owner, addressing), recipient: address }
      : { from: address, recipient: undefined }
  const attributes = {
    ...route,
    id,
    type: type === 'delivered' ? undefined : type,
    t: at === undefined ? nowInSeconds() : String(at),
  }
  deliver(device, node('receipt', attributes, items.length > 0 ? [node('list', {}, items)] : undefined))
}

/** Sends the receipts that follow a message by themselves. */
export function followWithReceipts(
  world: World,
  device: LinkedDevice,
  { id, recipient, plan }: { id: string; recipient: Person; plan: ReceiptPlan },
): void {
  const now = Number(nowInSeconds())
  const happened = plan.types.map((type, index) => ({ type, at: now + index }))
  const ordered = plan.order === 'reverse' ? happened.toReversed() : happened
  ordered.forEach(({ type, at }, index) => {
    world.timers.after(plan.delayMs + index * plan.stepMs, () => {
      for (let time = 0; time < plan.repeat; time += 1) {
        sendReceipt(device, { ids: [id], from: recipient, type, addressing: plan.addressing, at })
      }
    })
  })
}

/** The number of times a phone asks for a message that it cannot decrypt. */
const retriesMax = 5

/** Asks a device to send a message again, as a phone does that cannot decrypt it. */
export function askAgain(
  world: World,
  device: LinkedDevice,
  { person, id }: { person: Person; id: string },
): void {
  const key = `${person.phone} ${nameOf(device)} ${id}`
  const count = (world.retries.get(key) ?? 0) + 1
  if (count > retriesMax) return
  world.retries.set(key, count)
  deliver(
    device,
    node('receipt', { from: addressOf(person, 'pn'), id, type: 'retry', t: nowInSeconds() }, [
      node('retry', { count: String(count), id, t: nowInSeconds(), v: '1' }),
      node('registration', {}, bigEndian(person.signal.creds.registrationId, 4)),
    ]),
  )
}
