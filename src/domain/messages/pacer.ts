/** Slots handed out by a pacer: `granted` sends, the first one `firstInMs` from now and then every `spacingMs`. */
export interface Slots {
  granted: number
  firstInMs: number
  spacingMs: number
  /** The distance between those granted, where it is another one: a burst. */
  gapMs?: number
  /** When those that got no slot should ask again. */
  retryInMs: number
}

/**
 * Limits the rate of senders, over all workers (GCRA: evenly spaced, no bursts). A slot is handed out only for
 * the next `paceHorizonMs`, so that an urgent message never waits behind a long backlog. A message that gets none is given
 * a position in a line; it is enqueued again for its time and then goes before those that have not waited (`requeued`).
 */
export interface Pacer {
  reserve(request: { key: string; wanted: number; ratePerSecond: number; requeued: boolean }): Promise<Slots>
  /** Hands out nothing for so long: the provider asked this sender to slow down. */
  hold(key: string, ms: number): Promise<void>
}

export const paceHorizonMs = 250

/** Asks `second` where `first` fails: a pace that two keep side by side for a while is better than none. */
export function pacerWithFallback(first: Pacer, second: Pacer): Pacer {
  return {
    reserve: (wish) => first.reserve(wish).catch(() => second.reserve(wish)),
    hold: (key, ms) => first.hold(key, ms).catch(() => second.hold(key, ms)),
  }
}
