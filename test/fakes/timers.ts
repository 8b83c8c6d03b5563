/** Timers that never keep a process alive and can all be dropped at once. */
export interface Timers {
  /** Runs `act` after `ms`; at once, in the same turn, when `ms` is 0. */
  after(ms: number, act: () => void): void
  /** Drops what waits and takes nothing more. */
  close(): void
}

export function createTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>()
  let closed = false
  return {
    after(ms, act) {
      if (closed) return
      if (ms <= 0) return act()
      const timer = setTimeout(() => {
        pending.delete(timer)
        act()
      }, ms)
      timer.unref()
      pending.add(timer)
    },
    close() {
      closed = true
      for (const timer of pending) clearTimeout(timer)
      pending.clear()
    },
  }
}
