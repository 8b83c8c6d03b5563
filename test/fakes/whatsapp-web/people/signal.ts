import {
  addTransactionCapability,
  type AuthenticationCreds,
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  encodeWAMessage,
  generateSignalPubKey,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildUInt,
  initAuthCreds,
  KEY_BUNDLE_TYPE,
  type KeyPair,
  Curve,
  proto,
  unpadRandomMax16,
} from '@whiskeysockets/baileys'
import { createMemoryKeys } from '../../../support/linked-device/memory-keys.ts'
import { silentLogger } from '../../../support/linked-device/silent-logger.ts'
import { bigEndian, childAt, node } from '../protocol/nodes.ts'

/** A message as it travels: encrypted, with the kind of Signal message that it is. */
export interface Encrypted {
  type: 'pkmsg' | 'msg'
  ciphertext: Uint8Array
}

/**
 * The Signal identity of a phone, with which the other side of every conversation encrypts and decrypts. The
 * ratchet is the library's, the keys are the phone's own. Addresses are LIDs with the device, so that a device
 * is the same one whichever way it is addressed.
 */
export interface SignalIdentity {
  readonly creds: AuthenticationCreds
  /** A key bundle for one new session, as `encrypt` queries answer it. Each has a one-time key of its own. */
  bundle(): Promise<BinaryNode[]>
  /** Throws when the message does not decrypt. */
  decrypt(from: string, message: Encrypted): Promise<proto.Message>
  /** Encrypts for a device; `bundle` gives the device's keys when there is no session with it yet. */
  encrypt(to: string, message: proto.IMessage, bundle: () => BinaryNode): Promise<Encrypted>
  /** Encrypts for a group, with the message that shares the key of the group. */
  encryptForGroup(group: string, self: string, message: proto.IMessage): Promise<GroupMessage>
  /** Forgets the session with a device, so that the next message starts a new one. */
  forget(device: string): Promise<void>
}

export interface GroupMessage {
  ciphertext: Uint8Array
  keyMessage: proto.IMessage
}

export function createSignalIdentity(): SignalIdentity {
  const creds = initAuthCreds()
  const keys = createMemoryKeys()
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
    {
      creds,
      keys: addTransactionCapability(keys, silentLogger, { maxCommitRetries: 1, delayBetweenTriesMs: 0 }),
    },
    silentLogger,
  )
  const serialized = createSerializer()
  let keyId = 1

  return {
    creds,
    async bundle() {
      const id = keyId++
      const preKey = Curve.generateKeyPair()
      await keys.set({ 'pre-key': { [id]: preKey } })
      return bundleOf(creds, id, preKey)
    },
    async decrypt(from, { type, ciphertext }) {
      const padded = await repository.decryptMessage({ jid: from, type, ciphertext })
      return proto.Message.decode(unpadRandomMax16(padded))
    },
    // Two messages for a device without a session would each start one.
    encrypt: (to, message, bundle) =>
      serialized(to, async () => {
        const { exists } = await repository.validateSession(to)
        if (!exists) await repository.injectE2ESession({ jid: to, session: sessionFrom(bundle()) })
        return repository.encryptMessage({ jid: to, data: encodeWAMessage(message) })
      }),
    async encryptForGroup(group, self, message) {
      const { ciphertext, senderKeyDistributionMessage } = await repository.encryptGroupMessage({
        group,
        meId: self,
        data: encodeWAMessage(message),
      })
      const axolotlSenderKeyDistributionMessage = senderKeyDistributionMessage
      const keyMessage = {
        senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage },
      }
      return { ciphertext, keyMessage }
    },
    forget: (device) => repository.deleteSession([device]),
  }
}

/** The parts of a key bundle, in the form in which devices upload theirs. */
function bundleOf(creds: AuthenticationCreds, keyId: number, preKey: KeyPair): BinaryNode[] {
  const { keyPair, signature, keyId: signedKeyId } = creds.signedPreKey
  return [
    node('registration', {}, bigEndian(creds.registrationId, 4)),
    node('type', {}, KEY_BUNDLE_TYPE),
    node('identity', {}, creds.signedIdentityKey.public),
    node('skey', {}, [
      node('id', {}, bigEndian(signedKeyId, 3)),
      node('value', {}, keyPair.public),
      node('signature', {}, signature),
    ]),
    node('key', {}, [node('id', {}, bigEndian(keyId, 3)), node('value', {}, preKey.public)]),
  ]
}

type Session = Parameters<
  ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>['injectE2ESession']
>[0]['session']

/** Reads a device's bundle. Throws when the device never uploaded its keys. */
function sessionFrom(bundle: BinaryNode): Session {
  const signed = childAt(bundle, 'skey')
  const single = childAt(bundle, 'key')
  return {
    registrationId: numberIn(bundle, 'registration', 4),
    identityKey: generateSignalPubKey(bytesIn(bundle, 'identity')),
    signedPreKey: {
      keyId: numberIn(signed, 'id', 3),
      publicKey: generateSignalPubKey(bytesIn(signed, 'value')),
      signature: bytesIn(signed, 'signature'),
    },
    ...(single === undefined
      ? {}
      : {
          preKey: {
            keyId: numberIn(single, 'id', 3),
            publicKey: generateSignalPubKey(bytesIn(single, 'value')),
          },
        }),
  }
}

function bytesIn(parent: BinaryNode | undefined, tag: string): Uint8Array {
  const bytes = getBinaryNodeChildBuffer(parent, tag)
  if (bytes === undefined) throw new Error(`the key bundle lacks ${tag}`)
  return bytes
}

function numberIn(parent: BinaryNode | undefined, tag: string, bytes: number): number {
  const value = parent && getBinaryNodeChildUInt(parent, tag, bytes)
  if (value === undefined) throw new Error(`the key bundle lacks ${tag}`)
  return value
}

/** Runs acts with the same key one after the other. */
function createSerializer(): <T>(key: string, act: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, act) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act, act)
    last.set(key, turn)
    return turn
  }
}
