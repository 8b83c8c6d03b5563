/** Counts things in windows of time, over all processes. */
export interface RateCounter {
  /**
   * Adds amounts to counters that live until their window ends, and returns the totals in the same order. Throws
   * when the counters are out of reach.
   */
  add(items: { key: string; amount: number; endsAt: Date }[]): Promise<number[]>
}
