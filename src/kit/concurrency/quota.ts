/** A number of slots, of which one owner has at most some. A caller that finds none free does not wait. */
export interface Quota {
  /** Acquires a slot; null when none is free. The returned function releases it. */
  acquire(owner: string): (() => void) | null
}

/** `max` slots in all, `perOwner` for each. */
export function createQuota({ max, perOwner }: { max: number; perOwner: number }): Quota {
  const held = new Map<string, number>()
  let total = 0
  return {
    acquire(owner) {
      const own = held.get(owner) ?? 0
      if (total >= max || own >= perOwner) return null
      total += 1
      held.set(owner, own + 1)
      let given = false
      return () => {
        if (given) return
        given = true
        total -= 1
        const left = (held.get(owner) ?? 1) - 1
        if (left === 0) held.delete(owner)
        else held.set(owner, left)
      }
    },
  }
}
