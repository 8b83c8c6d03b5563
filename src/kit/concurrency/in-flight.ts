/** Counts work that is claimed and not settled, by owner, and tells when there is room to claim more. */
export interface InFlight {
  /** Counts `count` pieces of an owner's work as in flight until `act` has settled. */
  hold<Result>(owner: string, count: number, act: () => Promise<Result>): Promise<Result>
  /** Of one owner. */
  of(owner: string): number
  total(): number
  /** Every owner with something in flight, with how much. */
  owners(): IterableIterator<[owner: string, count: number]>
  /** Resolves when less than the limit is in flight. */
  untilRoom(): Promise<void>
}

/**
 * The limit is a high-water mark: it is looked at before more is claimed, and may be passed by what is claimed at
 * once. No library counts by owner and lets a claim pass the limit: semaphores would make each piece wait by itself.
 */
export function createInFlight(limit: number): InFlight {
  const counts = new Map<string, number>()
  let total = 0
  let waiting: (() => void)[] = []

  function add(owner: string, amount: number): void {
    const count = (counts.get(owner) ?? 0) + amount
    if (count === 0) counts.delete(owner)
    else counts.set(owner, count)
    total += amount
    if (total >= limit || waiting.length === 0) return
    const resolvers = waiting
    waiting = []
    for (const resolve of resolvers) resolve()
  }

  return {
    async hold(owner, count, act) {
      add(owner, count)
      try {
        return await act()
      } finally {
        add(owner, -count)
      }
    },
    of: (owner) => counts.get(owner) ?? 0,
    total: () => total,
    owners: () => counts.entries(),
    untilRoom: () => (total < limit ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}
