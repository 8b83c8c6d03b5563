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
  /** To be called when the credentials changed. */
  changeCredentials(): void
  /** Whether something has changed that is not stored yet. */
  isChanged(): boolean
  /** Stores everything that has changed, in one transaction. Rejects when the storage does. */
  flush(): Promise<void>
}

const credentials = { type: 'credentials', id: 'credentials' } as const

/**
 * Opens the memory of a device: its credentials, or new ones for a pairing.
 *
 * Changes are kept back until `flush`, which the gate calls before a frame leaves. What a received message changes in
 * its Signal session must not be stored before the message itself is: the server would send the message again, and the
 * session could not decrypt it a second time. What a sent one changes is stored before it leaves. Until a device is
 * linked nothing is stored at all, so that a pairing that is given up leaves nothing behind.
 */
export async function openMemory(
  library: Library,
  storage: ConnectionStorage,
  { fresh }: { fresh: boolean },
): Promise<DeviceMemory> {
  const { BufferJSON, initAuthCreds, proto } = library
  const creds: AuthenticationCreds = fresh ? initAuthCreds() : ((await readCredentials()) ?? initAuthCreds())
  let changes = new Map<string, Entry>()
  /** The entries that are being stored. Each is read as long as it is not. */
  let storing = new Map<string, Entry>()
  let last: Promise<void> = Promise.resolve()

  async function readCredentials(): Promise<AuthenticationCreds | null> {
    const found = (await storage.read(credentials.type, [credentials.id])).get(credentials.id)
    return found === undefined ? null : parse(found)
  }

  function parse(value: Buffer) {
    return JSON.parse(value.toString('utf8'), BufferJSON.reviver)
  }

  const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, BufferJSON.replacer))

  function change(entry: Entry): void {
    changes.set(`${entry.type} ${entry.id}`, entry)
  }

  /** The values that are asked for: as they were changed, or as they are stored. */
  async function valuesOf(type: string, ids: readonly string[]): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>()
    const unknown: string[] = []
    for (const id of ids) {
      const changed = changes.get(`${type} ${id}`) ?? storing.get(`${type} ${id}`)
      if (changed === undefined) unknown.push(id)
      else if (changed.value !== null) found.set(id, changed.value)
    }
    if (unknown.length > 0 && isAccount(creds)) {
      for (const [id, value] of await storage.read(type, unknown)) found.set(id, value)
    }
    return found
  }

  async function store(): Promise<void> {
    if (changes.size === 0 || !isAccount(creds)) return
    storing = changes
    changes = new Map()
    try {
      await storage.write([...storing.values()])
      storing = new Map()
    } catch (error) {
      changes = new Map([...storing, ...changes])
      storing = new Map()
      throw error
    }
  }

  return {
    auth: {
      creds,
      keys: {
        async get<Type extends keyof SignalDataTypeMap>(type: Type, ids: string[]) {
          const found: Record<string, SignalDataTypeMap[Type]> = {}
          for (const [id, value] of await valuesOf(type, ids)) {
            const parsed = parse(value)
            found[id] =
              type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(parsed) : parsed
          }
          return found
        },
        set(data: SignalDataSet) {
          for (const [type, values] of Object.entries(data)) {
            for (const [id, value] of Object.entries(values)) {
              change({ type, id, value: value === null || value === undefined ? null : bytesOf(value) })
            }
          }
        },
      },
    },
    isLinked: () => isAccount(creds),
    changeCredentials: () => change({ ...credentials, value: bytesOf(creds) }),
    isChanged: () => changes.size + storing.size > 0,
    flush() {
      const stored = last.then(store)
      last = stored.catch(() => undefined)
      return stored
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
