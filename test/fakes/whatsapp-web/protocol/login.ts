import type { BinaryNode, proto } from '@whiskeysockets/baileys'
import { addressOf, type LinkedDevice } from '../people/person.ts'
import { isAccepting, type Rule } from '../control/rules.ts'
import type { Pairing, World } from '../world.ts'
import type { Connection } from './connection.ts'
import { childAt, node, nowInSeconds } from './nodes.ts'
import { offerPairing } from './pairing.ts'

/** Decides over a client after its handshake: it registers as a new device, or logs in as one that is linked. */
export function admitClient(
  world: World,
  connection: Connection,
  { payload, clientKey }: { payload: proto.ClientPayload; clientKey: Buffer },
): void {
  const keys = payload.devicePairingData
  const phone = String(payload.username ?? '')
  const device = keys ? '' : `${phone}:${payload.device ?? 0}`
  const on = keys ? 'register' : 'login'
  const rule = world.rules.apply({ on, device, version: versionOf(payload) })
  world.timers.after(rule?.delayMs ?? 0, () => {
    if (rule && !isAccepting(rule.outcome)) return refuse(world, connection, device, rule.outcome)
    if (keys) register(world, { connection, noiseKey: clientKey, keys, refs: [], hello: null, attempt: null })
    else logIn(world, connection, { phone, id: payload.device ?? 0, name: device, clientKey })
    if (rule && rule.outcome.kind !== 'accept') refuse(world, connection, device, rule.outcome)
  })
}

function register(world: World, pairing: Pairing): void {
  world.sessions.set(pairing.connection.id, { kind: 'pairing', pairing })
  offerPairing(world, pairing)
}

function logIn(
  world: World,
  connection: Connection,
  { phone, id, name, clientKey }: { phone: string; id: number; name: string; clientKey: Buffer },
): void {
  const device = world.directory.person(phone).devices.get(id)
  if (!device?.noiseKey.equals(clientKey)) {
    return refuse(world, connection, name, { kind: 'error', code: 401 })
  }
  replaceConnection(world, device, connection)
  const record = {
    connection: connection.id,
    device: name,
    openedAt: Date.now(),
    closedAt: null,
    replacedBy: null,
    stanzasAfterReplaced: 0,
  }
  world.ledger.sockets.push(record)
  world.sessions.set(connection.id, { kind: 'device', device, record })
  connection.send(node('success', { t: nowInSeconds(), lid: addressOf(device.owner, 'lid', id) }))
  announceOffline(device)
}

/** A second login of the same device ends the first one's socket with 440. */
function replaceConnection(world: World, device: LinkedDevice, connection: Connection): void {
  const before = device.connection
  device.connection = connection
  if (!before) return
  const session = world.sessions.get(before.id)
  if (session?.kind === 'device') session.record.replacedBy = connection.id
  before.end({ kind: 'stream-error', code: 440 })
}

/** Announces how many stanzas wait for the device. The client requests them with `offline_batch`. */
function announceOffline(device: LinkedDevice): void {
  const waiting = [...device.unacknowledged.values()]
  if (waiting.length === 0) return finishOffline(device, 0)
  device.isCatchingUp = true
  const count = (tag: string): string => String(waiting.filter((stanza) => stanza.tag === tag).length)
  const preview = {
    count: String(waiting.length),
    message: count('message'),
    receipt: count('receipt'),
    notification: count('notification'),
  }
  device.connection?.send(node('ib', {}, [node('offline_preview', preview)]))
}

/** Sends the stanzas that waited for the device while it was offline. */
export function sendOffline(device: LinkedDevice, request: BinaryNode): void {
  if (!childAt(request, 'offline_batch')) return
  const waiting = [...device.unacknowledged.values()]
  for (const stanza of waiting) {
    device.connection?.send({ ...stanza, attrs: { ...stanza.attrs, offline: '1' } })
  }
  finishOffline(device, waiting.length)
}

function finishOffline(device: LinkedDevice, count: number): void {
  device.isCatchingUp = false
  device.connection?.send(node('ib', {}, [node('offline', { count: String(count) })]))
}

function refuse(world: World, connection: Connection, device: string, outcome: Rule['outcome']): void {
  switch (outcome.kind) {
    case 'error':
      world.ledger.refusedLogins.push({ device, code: outcome.code, at: Date.now() })
      return connection.end({ kind: 'failure', code: outcome.code })
    case 'stream-error':
      return connection.end({ kind: 'stream-error', code: outcome.code })
    case 'drop':
      return connection.end({ kind: 'drop' })
    case 'silence':
      return connection.stall()
    case 'accept':
      return
  }
}

function versionOf({ userAgent }: proto.ClientPayload): string {
  const { primary, secondary, tertiary } = userAgent?.appVersion ?? {}
  return [primary, secondary, tertiary].join('.')
}

/** Forgets a connection that closed. */
export function releaseConnection(world: World, connection: Connection): void {
  const session = world.sessions.get(connection.id)
  world.sessions.delete(connection.id)
  if (session?.kind === 'pairing') session.pairing.attempt?.fail('the client closed its socket')
  if (session?.kind !== 'device') return
  session.record.closedAt = Date.now()
  if (session.device.connection === connection) session.device.connection = null
}
