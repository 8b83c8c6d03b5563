/** A number of places, some of them at most for one owner. Who finds none does not wait. */
export interface Quota {
  /** Takes a place; null when there is none. The function gives it back. */
  take(owner: string): (() => void) | null
}

/** `max` places in all, `perOwner` for each. */
export function createQuota({ max, perOwner }: { max: number; perOwner: number }): Quota {
  const taken = new Map<string, number>()
  let total = 0
  return {
    take(owner) {
      const own = taken.get(owner) ?? 0
      if (total >= max || own >= perOwner) return null
      total += 1
      taken.set(owner, own + 1)
      let given = false
      return () => {
        if (given) return
        given = true
        total -= 1
        const left = (taken.get(owner) ?? 1) - 1
        if (left === 0) taken.delete(owner)
        else taken.set(owner, left)
      }
    },
  }
}
