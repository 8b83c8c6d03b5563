/**
 * Exponential back-off with jitter: attempt 1 waits about `baseMs`, each further one `factor` times longer, never
 * more than `capMs`. Jitter takes the wait to between 80 % and 120 %. Returns milliseconds.
 */
export function backoffMs(
  attempt: number,
  { baseMs, factor = 2, capMs }: { baseMs: number; factor?: number; capMs: number },
): number {
  const plain = Math.min(capMs, baseMs * factor ** Math.max(0, attempt - 1))
  return Math.round(jitter(plain))
}

/** A duration, 20 % more or less. */
export function jitter(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4)
}
