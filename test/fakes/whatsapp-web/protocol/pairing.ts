import { randomBytes } from 'node:crypto'
import { Curve, hmacSign, proto, S_WHATSAPP_NET, WA_ADV_ACCOUNT_SIG_PREFIX } from '@whiskeysockets/baileys'
import { addressOf, type LinkedDevice, nameOf, type Person } from '../people/person.ts'
import { type Attempt, type Pairing, pairingsOf, type World } from '../world.ts'
import { bigEndian, node, nowInSeconds } from './nodes.ts'

/**
 * Linking a device. The server offers references, the client shows them as QR codes, and a phone that scanned
 * one signs the client's identity; the client adds its own signature, and the server restarts the stream (515).
 */

/** Offers a client the references for its QR codes. */
export function offerPairing(world: World, pairing: Pairing): void {
  for (let count = 0; count < world.settings.qrRefs; count += 1) {
    pairing.refs.push(`2@${randomBytes(24).toString('base64')}`)
  }
  const refs = pairing.refs.map((ref) => node('ref', {}, Buffer.from(ref)))
  pairing.connection.send(
    node('iq', { from: S_WHATSAPP_NET, type: 'set', id: world.nextId(), xmlns: 'md' }, [
      node('pair-device', {}, refs),
    ]),
  )
}

/**
 * Scans a QR code with the phone of a number. Resolves with the device when it is linked.
 * Rejects when no client shows this code any more.
 */
export function scanQr(world: World, { qr, phone }: { qr: string; phone: string }): Promise<LinkedDevice> {
  const [ref = '', , identity = '', advSecret = ''] = (qr.split('#').at(-1) ?? '').split(',')
  const pairing = pairingsOf(world).find((one) => one.refs.includes(ref))
  if (!pairing) return Promise.reject(new Error('no client shows this QR code'))
  return attemptPairing(pairing, { by: 'qr', person: world.directory.person(phone) }, (attempt) => {
    signClient(world, pairing, attempt.person, {
      identity: Buffer.from(identity, 'base64'),
      advSecret: Buffer.from(advSecret, 'base64'),
    })
  })
}

/** Starts an attempt, which ends when the client is linked or its socket closes. */
export function attemptPairing(
  pairing: Pairing,
  start: Pick<Attempt, 'by' | 'person'>,
  act: (attempt: Attempt) => void,
): Promise<LinkedDevice> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(why))
    const attempt: Attempt = { ...start, finish: resolve, fail }
    pairing.attempt = attempt
    act(attempt)
  })
}

/** Sends the client the account's signature over its identity. */
export function signClient(
  world: World,
  pairing: Pairing,
  person: Person,
  { identity, advSecret }: { identity: Uint8Array; advSecret: Buffer },
): void {
  const { signedIdentityKey } = person.signal.creds
  const id = nextDeviceId(person)
  const details = proto.ADVDeviceIdentity.encode({
    rawId: 1,
    timestamp: Number(nowInSeconds()),
    keyIndex: id,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE,
  }).finish()
  const toSign = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, identity])
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: signedIdentityKey.public,
    accountSignature: Curve.sign(signedIdentityKey.private, toSign),
  }).finish()
  const hmac = hmacSign(signed, advSecret)
  const authenticated = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish()
  pairing.connection.send(
    node('iq', { from: S_WHATSAPP_NET, type: 'set', id: world.nextId(), xmlns: 'md', t: nowInSeconds() }, [
      node('pair-success', {}, [
        node('device-identity', {}, authenticated),
        node('biz', { name: person.name }),
        node('device', { jid: addressOf(person, 'pn', id), lid: addressOf(person, 'lid', id) }),
        node('platform', { name: 'android' }),
      ]),
    ]),
  )
}

/** Registers the client as a device of its owner once it signed, and restarts its stream. */
export function finishPairing(world: World, { connection, noiseKey, keys, attempt }: Pairing): void {
  if (!attempt) throw new Error('a client signed that nobody pairs')
  const { person, by, finish } = attempt
  const device: LinkedDevice = {
    id: nextDeviceId(person),
    owner: person,
    noiseKey,
    registrationId: Buffer.from(keys.eRegid ?? []),
    identity: Buffer.from(keys.eIdent ?? []),
    signedPreKey: node('skey', {}, [
      node('id', {}, keys.eSkeyId ?? bigEndian(0, 3)),
      node('value', {}, keys.eSkeyVal ?? undefined),
      node('signature', {}, keys.eSkeySig ?? undefined),
    ]),
    preKeys: [],
    connection: null,
    isCatchingUp: false,
    unacknowledged: new Map(),
  }
  person.devices.set(device.id, device)
  person.devicesEver = device.id
  person.isOnWhatsApp = true
  world.ledger.pairings.push({ device: nameOf(device), by, at: Date.now() })
  connection.end({ kind: 'stream-error', code: 515 })
  finish(device)
}

/** Devices are never numbered like one that was there before. */
function nextDeviceId(person: Person): number {
  return person.devicesEver + 1
}
