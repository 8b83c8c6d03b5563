/** Taps to one recipient of one session that come by themselves in a span of time at most. */
const tapsMax = 10
const spanMs = 10 * 60_000
const entriesMax = 10_000

/**
 * Counts the taps that the sandbox makes by itself: a bot that answers every tap with buttons would else be tapped for
 * ever. It forgets with the process, which at worst means some taps more.
 */
export function createTapLimit(): (recipient: string, now: Date) => boolean {
  const counts = new Map<string, { taps: number; until: number }>()
  return (recipient, now) => {
    const found = counts.get(recipient)
    const count =
      found !== undefined && found.until > now.getTime() ? found : { taps: 0, until: now.getTime() + spanMs }
    counts.delete(recipient)
    counts.set(recipient, { ...count, taps: count.taps + 1 })
    const [oldest] = counts.keys()
    if (counts.size > entriesMax && oldest !== undefined) counts.delete(oldest)
    return count.taps < tapsMax
  }
}
