import type {
  AuthenticationCreds,
  AuthenticationState,
  SignalDataSet,
  SignalDataTypeMap,
} from '@whiskeysockets/baileys'
import type { ConnectionStorage } from '../../contract.ts'
import type { Library } from '../library.ts'

/** The credentials and keys of one device, as the library uses them, over a connection's storage. */
export interface DeviceMemory {
  auth: AuthenticationState
  /** Linked: the phone has signed the device's identity. */
  isLinked(): boolean
  /** Writes the credentials as they are now; of an unfinished pairing nothing is written. */
  saveCredentials(): void
  /** Resolves when everything that was to be written is. */
  flush(): Promise<void>
}

const credentials = { type: 'credentials', id: 'credentials' } as const

/**
 * Opens the memory of a device: its credentials, or new ones for a pairing. Writes go out one after the other, in the
 * order in which they were made; credentials and keys that are made while the device is not linked yet are kept back
 * until it is, so that a pairing that is given up leaves nothing behind. `onFailure` is called for a write that
 * failed: the library has the value in its cache then and the storage does not, so the socket must go.
 */
export async function openMemory(
  library: Library,
  storage: ConnectionStorage,
  { fresh, onFailure }: { fresh: boolean; onFailure(error: unknown): void },
): Promise<DeviceMemory> {
  const { BufferJSON, initAuthCreds, proto } = library
  const creds: AuthenticationCreds = fresh ? initAuthCreds() : ((await readCredentials()) ?? initAuthCreds())
  const kept = new Map<string, Entry>()
  let isLinked = isAccount(creds)
  let last: Promise<void> = Promise.resolve()

  function write(entries: Entry[]): Promise<void> {
    if (!isLinked) {
      for (const entry of entries) kept.set(`${entry.type} ${entry.id}`, entry)
      return Promise.resolve()
    }
    const written = last.then(() => storage.write(entries))
    last = written.catch(onFailure)
    return written
  }

  async function readCredentials(): Promise<AuthenticationCreds | null> {
    const found = (await storage.read(credentials.type, [credentials.id])).get(credentials.id)
    return found === undefined ? null : parse(found)
  }

  function parse(value: Buffer): AuthenticationCreds {
    return JSON.parse(value.toString('utf8'), BufferJSON.reviver)
  }

  const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, BufferJSON.replacer))

  return {
    auth: {
      creds,
      keys: {
        async get<Type extends keyof SignalDataTypeMap>(type: Type, ids: string[]) {
          const found: Record<string, SignalDataTypeMap[Type]> = {}
          if (!isLinked) {
            for (const id of ids) {
              const value = kept.get(`${type} ${id}`)?.value
              if (value != null) found[id] = JSON.parse(value.toString('utf8'), BufferJSON.reviver)
            }
            return found
          }
          for (const [id, value] of await storage.read(type, ids)) {
            const parsed = JSON.parse(value.toString('utf8'), BufferJSON.reviver)
            found[id] =
              type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(parsed) : parsed
          }
          return found
        },
        set: (data: SignalDataSet) =>
          write(
            Object.entries(data).flatMap(([type, values]) =>
              Object.entries(values).map(([id, value]) => ({
                type,
                id,
                value: value === null || value === undefined ? null : bytesOf(value),
              })),
            ),
          ),
      },
    },
    isLinked: () => isLinked,
    saveCredentials() {
      const before = isLinked ? [] : [...kept.values()].filter(({ value }) => value !== null)
      isLinked ||= isAccount(creds)
      if (!isLinked) return
      kept.clear()
      void write([...before, { ...credentials, value: bytesOf(creds) }]).catch(() => undefined)
    },
    async flush() {
      await last
    },
  }
}

interface Entry {
  type: string
  id: string
  value: Buffer | null
}

/** After a pairing by QR `registered` stays false: what links a device is the account's signature. */
function isAccount({ me, account }: AuthenticationCreds): boolean {
  return me !== undefined && account !== undefined && account !== null
}
