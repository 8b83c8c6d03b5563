/** Work that goes on after the call that started it, so that a shutdown can wait for it. */
export interface Tasks {
  /** Keeps hold of a promise until it settles; a rejection goes to `onError`. */
  track(task: Promise<unknown>): void
  /** Resolves when nothing is under way. */
  drain(): Promise<void>
}

export function createTasks(onError: (error: unknown) => void): Tasks {
  const running = new Set<Promise<void>>()
  return {
    track(task) {
      const tracked: Promise<void> = task
        .then(() => undefined, onError)
        .finally(() => {
          running.delete(tracked)
        })
      running.add(tracked)
    },
    async drain() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
