import { type BinaryNode, proto } from '@whiskeysockets/baileys'
import { addressOf, deliver, type LinkedDevice, nameOf, type Person } from '../people/person.ts'
import { node, nowInSeconds } from '../protocol/nodes.ts'
import type { World, WrittenMessage } from '../world.ts'
import { takeDeviceBundle } from './keys.ts'

/** A message that a phone sends to a device. */
export interface Writing {
  author: Person
  id: string
  message: proto.IMessage
  /** The attributes of the stanza, beside id and time. */
  attributes: Record<string, string | undefined>
  /** The group or the status list that the message is for; null for a chat of two. */
  group: string | null
}

/** Encrypts a message for a device and sends it. */
export async function writeTo(world: World, device: LinkedDevice, writing: Writing): Promise<void> {
  const { author, id, message, group } = writing
  const attributes = { ...writing.attributes, id, t: nowInSeconds() }
  world.written.set(keyOf(device, id), { author, device, message, attributes })
  const content =
    group === null
      ? [await encrypted(world, device, { author, message })]
      : await encryptedForGroup(world, device, { author, message, group })
  deliver(device, node('message', attributes, content))
}

/** Sends a message again that the device could not decrypt, in a new Signal session: with its `keys`, if it gave any. */
export async function writeAgain(
  world: World,
  device: LinkedDevice,
  { id, keys }: { id: string; keys: BinaryNode[] | null },
): Promise<void> {
  const written = world.written.get(keyOf(device, id))
  if (!written) return
  await written.author.signal.forget(addressOf(device.owner, 'lid', device.id))
  deliver(device, node('message', written.attributes, [await encrypted(world, device, written, keys)]))
}

async function encrypted(
  world: World,
  device: LinkedDevice,
  { author, message }: Pick<WrittenMessage, 'author' | 'message'>,
  keys: BinaryNode[] | null = null,
): Promise<BinaryNode> {
  const address = addressOf(device.owner, 'lid', device.id)
  const bundle = () => node('user', {}, keys ?? takeDeviceBundle(world, device))
  const { type, ciphertext } = await author.signal.encrypt(address, message, bundle)
  return node('enc', { v: '2', type }, ciphertext)
}

/** The group's key for the device, and the message encrypted with it. */
async function encryptedForGroup(
  world: World,
  device: LinkedDevice,
  { author, message, group }: { author: Person; message: proto.IMessage; group: string },
): Promise<BinaryNode[]> {
  const { keyMessage, ciphertext } = await author.signal.encryptForGroup(
    group,
    addressOf(author, 'lid'),
    message,
  )
  const key = await encrypted(world, device, { author, message: keyMessage })
  return [key, node('enc', { v: '2', type: 'skmsg' }, ciphertext)]
}

function keyOf(device: LinkedDevice, id: string): string {
  return `${nameOf(device)} ${id}`
}

/** A message from JSON in the shape of WhatsApp's protocol buffers. Bytes are base64. */
export function messageFrom(json: Record<string, unknown>): proto.IMessage {
  return proto.Message.fromObject(json)
}
