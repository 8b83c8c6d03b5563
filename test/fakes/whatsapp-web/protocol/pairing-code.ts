import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { type BinaryNode, Curve, S_WHATSAPP_NET } from '@whiskeysockets/baileys'
import type { LinkedDevice } from '../people/person.ts'
import { type Pairing, pairingsOf, type World } from '../world.ts'
import { bytesOf, childAt, firstChild, node, nowInSeconds, resultOf } from './nodes.ts'
import { attemptPairing, signClient } from './pairing.ts'

/**
 * Linking by a code of eight characters, which both sides turn into a key. Client and phone exchange ephemeral
 * keys that are encrypted with it, so a wrong code leaves both with keys that fit nothing.
 */

const tag = 'link_code_companion_reg'

/** Answers the client's part of a pairing by code. */
export function answerPairingQuery(pairing: Pairing, query: BinaryNode): void {
  const request = firstChild(query)
  const stage = request?.tag === tag ? request.attrs['stage'] : undefined
  if (request && stage === 'companion_hello') return answerHello(pairing, query, request)
  pairing.connection.send(resultOf(query))
  if (request && stage === 'companion_finish') {
    const identity = bytesOf(childAt(request, 'companion_identity_public'))
    pairing.attempt?.takeKeys?.(bytesOf(childAt(request, 'link_code_pairing_wrapped_key_bundle')), identity)
  }
}

function answerHello(pairing: Pairing, query: BinaryNode, request: BinaryNode): void {
  const ref = randomBytes(16)
  const phone = (request.attrs['jid'] ?? '').replace(/@.*/, '')
  const wrappedKey = bytesOf(childAt(request, 'link_code_pairing_wrapped_companion_ephemeral_pub'))
  pairing.hello = { phone, wrappedKey, ref }
  const answer = node(tag, { stage: 'companion_hello' }, [node('link_code_pairing_ref', {}, ref)])
  pairing.connection.send(resultOf(query, [answer]))
}

/**
 * Types a code on the phone of a number. Resolves with the device when it is linked.
 * Rejects when no client waits for this number, or when the code is wrong.
 */
export async function enterCode(
  world: World,
  { code, phone }: { code: string; phone: string },
): Promise<LinkedDevice> {
  const person = world.directory.person(phone)
  const pairing = pairingsOf(world).find((one) => one.hello?.phone === person.phone)
  const hello = pairing?.hello
  if (!pairing || !hello) throw new Error(`no client waits for a code of ${phone}`)
  const typed = code.replaceAll('-', '').toUpperCase()
  const ephemeral = Curve.generateKeyPair()
  const clientEphemeral = await unwrap(hello.wrappedKey, typed)
  const wrapped = await wrap(ephemeral.public, typed)
  const identity = person.signal.creds.signedIdentityKey

  return attemptPairing(pairing, { by: 'code', person }, (attempt) => {
    attempt.takeKeys = (bundle, clientIdentity) => {
      const shared = Curve.sharedKey(ephemeral.private, clientEphemeral)
      const secret = openBundle(bundle, shared)
      if (secret === null) return attempt.fail('the code is wrong')
      const agreed = Curve.sharedKey(identity.private, clientIdentity)
      const input = Buffer.concat([shared, agreed, secret])
      const advSecret = Buffer.from(hkdfSync('sha256', input, '', 'adv_secret', 32))
      signClient(world, pairing, person, { identity: clientIdentity, advSecret })
    }
    pairing.connection.send(
      node('notification', { from: S_WHATSAPP_NET, id: world.nextId(), type: tag, t: nowInSeconds() }, [
        node(tag, { stage: 'primary_hello' }, [
          node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrapped),
          node('primary_identity_pub', {}, identity.public),
          node('link_code_pairing_ref', {}, hello.ref),
        ]),
      ]),
    )
  })
}

/** The random part of the client's key bundle; null when the bundle does not decrypt. */
function openBundle(bundle: Buffer, shared: Buffer): Buffer | null {
  const salt = bundle.subarray(0, 32)
  const key = Buffer.from(hkdfSync('sha256', shared, salt, 'link_code_pairing_key_bundle_encryption_key', 32))
  const decipher = createDecipheriv('aes-256-gcm', key, bundle.subarray(32, 44))
  decipher.setAuthTag(bundle.subarray(-16))
  try {
    const plain = Buffer.concat([decipher.update(bundle.subarray(44, -16)), decipher.final()])
    return plain.subarray(64)
  } catch {
    return null
  }
}

const saltBytes = 32
const vectorBytes = 16
const rounds = 131_072
const deriveKey = promisify(pbkdf2)

async function wrap(key: Uint8Array, code: string): Promise<Buffer> {
  const salt = randomBytes(saltBytes)
  const vector = randomBytes(vectorBytes)
  const cipher = createCipheriv('aes-256-ctr', await keyOf(code, salt), vector)
  return Buffer.concat([salt, vector, cipher.update(key), cipher.final()])
}

async function unwrap(wrapped: Buffer, code: string): Promise<Buffer> {
  const vector = wrapped.subarray(saltBytes, saltBytes + vectorBytes)
  const key = await keyOf(code, wrapped.subarray(0, saltBytes))
  const decipher = createDecipheriv('aes-256-ctr', key, vector)
  return Buffer.concat([decipher.update(wrapped.subarray(saltBytes + vectorBytes)), decipher.final()])
}

function keyOf(code: string, salt: Buffer): Promise<Buffer> {
  return deriveKey(code, salt, rounds, 32, 'sha256')
}
