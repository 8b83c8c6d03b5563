/** Lets a bounded number of things happen at once. */
export interface Semaphore {
  /** Waits for a place, runs, gives the place back. */
  run<T>(act: () => Promise<T>): Promise<T>
  /** Resolves when fewer than the limit are inside or waiting. */
  room(): Promise<void>
  /** Inside or waiting. */
  size(): number
}

/** A counting semaphore, first come first served. */
export function createSemaphore(limit: number): Semaphore {
  let inside = 0
  const queue: (() => void)[] = []
  let watchers: (() => void)[] = []

  function leave(): void {
    const next = queue.shift()
    if (next !== undefined) next()
    else inside -= 1
    if (inside + queue.length < limit && watchers.length > 0) {
      const resolvers = watchers
      watchers = []
      for (const resolve of resolvers) resolve()
    }
  }

  return {
    async run(act) {
      if (inside < limit) inside += 1
      else await new Promise<void>((resolve) => queue.push(resolve))
      try {
        return await act()
      } finally {
        leave()
      }
    },
    room: () =>
      inside + queue.length < limit ? Promise.resolve() : new Promise((resolve) => watchers.push(resolve)),
    size: () => inside + queue.length,
  }
}
