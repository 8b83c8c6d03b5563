import {
  BufferJSON,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from '@whiskeysockets/baileys'

/** A Signal key store in memory. Values are kept as text, as a database keeps them, so that nothing is shared. */
export interface MemoryKeys extends SignalKeyStore {
  /** The number of stored values of each type. */
  counts(): Record<string, number>
  /** A copy, as from a backup. */
  copy(): MemoryKeys
}

export function createMemoryKeys(types = new Map<string, Map<string, string>>()): MemoryKeys {
  function valuesOf(type: string): Map<string, string> {
    const values = types.get(type) ?? new Map<string, string>()
    types.set(type, values)
    return values
  }

  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: Record<string, SignalDataTypeMap[T]> = {}
      for (const id of ids) {
        const text = valuesOf(type).get(id)
        if (text !== undefined) found[id] = JSON.parse(text, BufferJSON.reviver)
      }
      return found
    },
    set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values)) {
          if (value === null || value === undefined) valuesOf(type).delete(id)
          else valuesOf(type).set(id, JSON.stringify(value, BufferJSON.replacer))
        }
      }
    },
    counts: () => Object.fromEntries([...types].map(([type, values]) => [type, values.size])),
    copy: () => createMemoryKeys(new Map([...types].map(([type, values]) => [type, new Map(values)]))),
  }
}
