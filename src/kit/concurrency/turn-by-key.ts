/** Lets one at a time have each of some keys. */
export interface TurnByKey {
  /** Runs `act` when all `keys` are free, and keeps them until it has settled. */
  run<T>(keys: readonly string[], act: () => Promise<T>): Promise<T>
}

/**
 * Turns by key, first come, first served. Whoever needs several keys waits for them in one order, so that two never wait
 * for each other. Mutexes of npm have one key each, and leave that order to their callers.
 */
export function createTurnByKey(): TurnByKey {
  /** The end of the last one in the line of each key. */
  const lines = new Map<string, Promise<void>>()

  async function enter(key: string): Promise<() => void> {
    const before = lines.get(key)
    let leave = (): void => undefined
    const own = new Promise<void>((resolve) => (leave = resolve))
    lines.set(key, own)
    await before
    return () => {
      if (lines.get(key) === own) lines.delete(key)
      leave()
    }
  }

  return {
    async run(keys, act) {
      const held: (() => void)[] = []
      try {
        for (const key of [...new Set(keys)].toSorted()) held.push(await enter(key))
        return await act()
      } finally {
        for (const leave of held) leave()
      }
    },
  }
}
