/** Counts what is in hand and tells when there is room for more. */
export interface HighWaterMark {
  add(amount: number): void
  remove(amount: number): void
  size(): number
  /** Resolves when less than the limit is in hand. */
  room(): Promise<void>
}

/** A limit that is looked at before taking more, and may be passed by what is taken at once. */
export function createHighWaterMark(limit: number): HighWaterMark {
  let size = 0
  let watchers: (() => void)[] = []
  return {
    add(amount) {
      size += amount
    },
    remove(amount) {
      size -= amount
      if (size >= limit || watchers.length === 0) return
      const resolvers = watchers
      watchers = []
      for (const resolve of resolvers) resolve()
    },
    size: () => size,
    room: () => (size < limit ? Promise.resolve() : new Promise((resolve) => watchers.push(resolve))),
  }
}
