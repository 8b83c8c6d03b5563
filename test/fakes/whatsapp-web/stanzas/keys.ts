import { type BinaryNode, getBinaryNodeChildren, S_WHATSAPP_NET } from '@whiskeysockets/baileys'
import { deliver, type LinkedDevice, nameOf, takeBundle } from '../people/person.ts'
import { childAt, firstChild, node, nowInSeconds } from '../protocol/nodes.ts'
import type { World } from '../world.ts'

/** The queries about keys (`encrypt`): what a device uploads, and the bundles for new sessions with others. */

/** Below this the server asks the device for more one-time keys. */
const preKeysMin = 5

export function storeKeys(world: World, device: LinkedDevice, query: BinaryNode): BinaryNode[] {
  const rotated = childAt(query, 'rotate', 'skey')
  const signed = rotated ?? childAt(query, 'skey')
  const preKeys = getBinaryNodeChildren(childAt(query, 'list'), 'key')
  if (signed) device.signedPreKey = signed
  device.preKeys.push(...preKeys)
  world.ledger.keyUploads.push({ device: nameOf(device), preKeys: preKeys.length, at: Date.now() })
  return []
}

/** `count`, `digest` and `key`: how many keys there are, what they are, and those of others. */
export async function readKeys(world: World, device: LinkedDevice, query: BinaryNode): Promise<BinaryNode[]> {
  switch (firstChild(query)?.tag) {
    case 'count':
      return [node('count', { value: String(device.preKeys.length) })]
    case 'digest':
      return [node('digest', {}, [node('registration', {}, device.registrationId)])]
    case 'key': {
      const users = getBinaryNodeChildren(childAt(query, 'key'), 'user')
      const bundles = users.map((user) => bundleFor(world, user.attrs['jid'] ?? ''))
      return [node('list', {}, await Promise.all(bundles))]
    }
    default:
      return []
  }
}

async function bundleFor(world: World, jid: string): Promise<BinaryNode> {
  const found = world.directory.at(jid)
  const device = found?.person.devices.get(found.device)
  if (device) return node('user', { jid }, takeDeviceBundle(world, device))
  if (found?.device === 0) return node('user', { jid }, await found.person.signal.bundle())
  return node('user', { jid }, [node('error', { code: '404', text: 'item-not-found' })])
}

/** Returns a bundle of a device, and asks the device for more keys when few are left. */
export function takeDeviceBundle(world: World, device: LinkedDevice): BinaryNode[] {
  const bundle = takeBundle(device)
  if (device.preKeys.length === preKeysMin - 1) announcePreKeys(world, device)
  return bundle
}

/** Notifies a device of the number of one-time keys that are left. */
export function announcePreKeys(world: World, device: LinkedDevice): void {
  const count = node('count', { value: String(device.preKeys.length) })
  deliver(
    device,
    node('notification', { from: S_WHATSAPP_NET, type: 'encrypt', id: world.nextId(), t: nowInSeconds() }, [
      count,
    ]),
  )
}
