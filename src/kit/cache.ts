/** Remembers what was loaded for a short while, and loads each key once at a time. */
export interface Cache<Value> {
  get(key: string): Promise<Value>
  forget(key: string): void
}

/** `ttlMs`: how long a value may be stale. A load that fails is not remembered. */
export function createCache<Value>(options: {
  ttlMs: number
  entriesMax: number
  load(key: string): Promise<Value>
}): Cache<Value> {
  const entries = new Map<string, { value: Promise<Value>; until: number }>()
  return {
    get(key) {
      const now = performance.now()
      const found = entries.get(key)
      if (found !== undefined && found.until > now) return found.value
      const value = options.load(key)
      entries.delete(key)
      const entry = { value, until: now + options.ttlMs }
      entries.set(key, entry)
      value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key)
      })
      // Oldest first: a Map keeps the order of insertion.
      for (const oldest of entries.keys()) {
        if (entries.size <= options.entriesMax) break
        entries.delete(oldest)
      }
      return value
    },
    forget(key) {
      entries.delete(key)
    },
  }
}
