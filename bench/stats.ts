/** The middle value; of an even number of values the mean of the two middle ones. NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN
  return (lower + upper) / 2
}

/** The value that a share of the values (0 to 1) does not exceed. `sorted` ascends. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/** The percentiles that a latency is told by, in the unit of the values. */
export interface Percentiles {
  p50: number
  p95: number
  p99: number
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) }
}

/** A count at a moment of this machine's clock. */
export interface Sample {
  atMs: number
  count: number
}

/** What a growing count was at a moment between its samples. */
export function countAt(samples: readonly Sample[], atMs: number): number {
  const next = samples.findIndex((sample) => sample.atMs >= atMs)
  const after = samples[next]
  const before = samples[next - 1]
  if (after === undefined) return samples.at(-1)?.count ?? 0
  if (before === undefined) return after.count
  const share = (atMs - before.atMs) / (after.atMs - before.atMs)
  return before.count + share * (after.count - before.count)
}
