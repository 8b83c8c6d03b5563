/** The one that asks for a slot: an owner, of many that belong to a group. No two of either share a name. */
export interface Asker {
  group: string
  owner: string
}

/** Lets a bounded number of things happen at once, and leaves room for owners that have none of them under way. */
export interface FairSemaphore {
  /** Waits for a slot for at most `waitMs`, runs, gives the slot back. Null when there was none in time. */
  run<T>(asker: Asker, waitMs: number, act: () => Promise<T>): Promise<T | null>
}

// Why our own: semaphores of npm serve whoever came first, so one account whose endpoints hang takes every slot. This
// one shares slots between groups first and owners second, and lets a waiter give up after a time.

/** An owner may have so much of what its group could still take. */
const ownerShare = 0.25

interface Line {
  asker: Asker
  enter: (() => void)[]
}

/**
 * Dynamic thresholds (Choudhury and Hahne, 1998): a group may have as many slots as it leaves free. One that takes
 * all it can get has half of them, the next one half of the rest, and as slots change hands each comes to the same
 * share; so a slot is free for a group that has none. An owner may have a quarter of what its group
 * could still take, and never more than `perOwner`. Who waits is let in by turns, owner after owner.
 */
export function createFairSemaphore({ slots, perOwner }: { slots: number; perOwner: number }): FairSemaphore {
  const insideOf = new Map<string, number>()
  const lines = new Map<string, Line>()
  let inside = 0

  function mayEnter({ group, owner }: Asker): boolean {
    const left = slots - inside - (insideOf.get(group) ?? 0)
    const ownerMax = Math.min(perOwner, left * ownerShare)
    return left > 0 && (insideOf.get(owner) ?? 0) < ownerMax
  }

  function count({ group, owner }: Asker, change: 1 | -1): void {
    inside += change
    for (const name of [group, owner]) {
      const now = (insideOf.get(name) ?? 0) + change
      if (now === 0) insideOf.delete(name)
      else insideOf.set(name, now)
    }
  }

  function leave(asker: Asker): void {
    count(asker, -1)
    for (const [owner, line] of lines) {
      if (inside >= slots) return
      if (!mayEnter(line.asker)) continue
      // It goes to the end, where this loop finds it again.
      lines.delete(owner)
      const enter = line.enter.shift()
      if (line.enter.length > 0) lines.set(owner, line)
      enter?.()
    }
  }

  /** Resolves with whether there is a slot by now. */
  function queue(asker: Asker, waitMs: number): Promise<boolean> {
    const line = lines.get(asker.owner) ?? { asker, enter: [] }
    lines.set(asker.owner, line)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        dropOut(asker.owner, enter)
        resolve(false)
      }, waitMs)
      function enter(): void {
        clearTimeout(timer)
        count(asker, 1)
        resolve(true)
      }
      line.enter.push(enter)
    })
  }

  function dropOut(owner: string, enter: () => void): void {
    const line = lines.get(owner)
    if (line === undefined) return
    line.enter = line.enter.filter((one) => one !== enter)
    if (line.enter.length === 0) lines.delete(owner)
  }

  return {
    async run(asker, waitMs, act) {
      if (!lines.has(asker.owner) && mayEnter(asker)) count(asker, 1)
      else if (!(await queue(asker, waitMs))) return null
      try {
        return await act()
      } finally {
        leave(asker)
      }
    },
  }
}
