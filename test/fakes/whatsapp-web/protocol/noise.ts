import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { Curve, type KeyPair, NOISE_MODE, NOISE_WA_HEADER, proto } from '@whiskeysockets/baileys'
import type { Authority } from './authority.ts'

/**
 * The server's side of Noise_XX_25519_AESGCM_SHA256 as WhatsApp Web speaks it (noiseprotocol.org, revision 34,
 * section 5). Only X25519 comes from the library, so that a fault in its handshake shows here.
 */

/** The state of a handshake: two messages come in, one goes out, then the transport keys are ready. */
export interface Handshake {
  /** Reads the ClientHello and returns the ServerHello. */
  hello(message: Uint8Array): Uint8Array
  /** Reads the ClientFinish. Throws when it does not decrypt. */
  finish(message: Uint8Array): { payload: proto.ClientPayload; clientKey: Buffer; transport: Transport }
}

/** Encrypts and decrypts the frames after the handshake, in order. */
export interface Transport {
  encrypt(plain: Uint8Array): Buffer
  decrypt(cipher: Uint8Array): Buffer
}

export function createHandshake(authority: Authority): Handshake {
  const symmetric = createSymmetricState()
  const ephemeral = Curve.generateKeyPair()
  symmetric.mixHash(NOISE_WA_HEADER)

  return {
    hello(message) {
      const { clientHello } = proto.HandshakeMessage.decode(message)
      const clientEphemeral = required(clientHello?.ephemeral)
      symmetric.mixHash(clientEphemeral)
      symmetric.mixHash(ephemeral.public)
      symmetric.mixKey(agree(ephemeral, clientEphemeral))
      const encryptedStatic = symmetric.encrypt(authority.serverKey.public)
      symmetric.mixKey(agree(authority.serverKey, clientEphemeral))
      const payload = symmetric.encrypt(authority.chain)
      const serverHello = { ephemeral: ephemeral.public, static: encryptedStatic, payload }
      return proto.HandshakeMessage.encode({ serverHello }).finish()
    },
    finish(message) {
      const { clientFinish } = proto.HandshakeMessage.decode(message)
      const clientKey = symmetric.decrypt(required(clientFinish?.static))
      symmetric.mixKey(agree(ephemeral, clientKey))
      const payload = proto.ClientPayload.decode(symmetric.decrypt(required(clientFinish?.payload)))
      return { payload, clientKey, transport: symmetric.split() }
    },
  }
}

interface SymmetricState {
  mixHash(data: Uint8Array): void
  mixKey(input: Uint8Array): void
  encrypt(plain: Uint8Array): Buffer
  decrypt(cipher: Uint8Array): Buffer
  split(): Transport
}

function createSymmetricState(): SymmetricState {
  // The name of the mode is 32 bytes long, so it is the first hash as it stands.
  let hash: Buffer = Buffer.from(NOISE_MODE)
  let chainingKey = hash
  let key = hash
  let counter = 0
  const mixHash = (data: Uint8Array) => void (hash = createHash('sha256').update(hash).update(data).digest())

  return {
    mixHash,
    mixKey(input) {
      ;[chainingKey, key] = twoKeys(chainingKey, input)
      counter = 0
    },
    encrypt(plain) {
      const cipher = encryptWith(key, counter++, plain, hash)
      mixHash(cipher)
      return cipher
    },
    decrypt(cipher) {
      const plain = decryptWith(key, counter++, cipher, hash)
      mixHash(cipher)
      return plain
    },
    split() {
      const [fromClient, toClient] = twoKeys(chainingKey, Buffer.alloc(0))
      return createTransport(fromClient, toClient)
    },
  }
}

function createTransport(fromClient: Buffer, toClient: Buffer): Transport {
  const nothing = Buffer.alloc(0)
  let sent = 0
  let received = 0
  return {
    encrypt: (plain) => encryptWith(toClient, sent++, plain, nothing),
    decrypt: (cipher) => decryptWith(fromClient, received++, cipher, nothing),
  }
}

const algorithm = 'aes-256-gcm'
const tagBytes = 16

function encryptWith(key: Buffer, counter: number, plain: Uint8Array, additional: Buffer): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce(counter)).setAAD(additional)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decryptWith(key: Buffer, counter: number, cipher: Uint8Array, additional: Buffer): Buffer {
  const end = cipher.length - tagBytes
  const decipher = createDecipheriv(algorithm, key, nonce(counter)).setAAD(additional)
  decipher.setAuthTag(cipher.subarray(end))
  return Buffer.concat([decipher.update(cipher.subarray(0, end)), decipher.final()])
}

function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(counter, 8)
  return bytes
}

function twoKeys(salt: Buffer, input: Uint8Array): [Buffer, Buffer] {
  const bytes = Buffer.from(hkdfSync('sha256', input, salt, '', 64))
  return [bytes.subarray(0, 32), bytes.subarray(32)]
}

function agree(own: KeyPair, other: Uint8Array): Buffer {
  return Curve.sharedKey(own.private, other)
}

function required(bytes: Uint8Array | null | undefined): Uint8Array {
  if (!bytes) throw new Error('the handshake message lacks a field')
  return bytes
}
