/** Gathers single pieces of work into batches. */
export interface Batcher<In, Out> {
  /**
   * Resolves with this item's own result, or rejects with its own error. Throws `BatcherFullError` at once when
   * too much is waiting.
   */
  add(item: In): Promise<Out>
}

/** Too much is waiting already: the caller should say so and not wait. */
export class BatcherFullError extends Error {
  constructor() {
    super('too much work is waiting')
    this.name = 'BatcherFullError'
  }
}

interface Waiting<In, Out> {
  item: In
  resolve(result: Out): void
  reject(error: unknown): void
}

/**
 * A micro-batcher: a batch leaves as soon as one of `lanes` is free, with whatever has come by then, so that a lone
 * item waits for nothing and many share the cost. `run` resolves with one settled result for each item, in order;
 * if it throws, each item of the batch gets that error.
 *
 * Why our own: the batchers of npm (dataloader, p-queue and their like) flush by a timer or by the tick, which either
 * adds latency when idle or makes many small batches under load, and none refuses work once too much is waiting.
 */
export function createBatcher<In, Out>(options: {
  run(items: In[]): Promise<PromiseSettledResult<Out>[]>
  /** Items in one batch at most. */
  itemsMax: number
  /** Batches under way at once. */
  lanes: number
  /** Items that may wait. */
  waitingMax: number
}): Batcher<In, Out> {
  const waiting: Waiting<In, Out>[] = []
  let running = 0
  let scheduled = false

  function schedule(): void {
    if (scheduled || running >= options.lanes || waiting.length === 0) return
    scheduled = true
    // One turn of the event loop lets the requests that are already here join.
    setImmediate(() => {
      scheduled = false
      while (running < options.lanes && waiting.length > 0) void flush(waiting.splice(0, options.itemsMax))
    })
  }

  async function flush(batch: Waiting<In, Out>[]): Promise<void> {
    running += 1
    try {
      const results = await options.run(batch.map(({ item }) => item))
      batch.forEach((one, index) => settle(one, results[index]))
    } catch (error) {
      for (const one of batch) one.reject(error)
    } finally {
      running -= 1
      schedule()
    }
  }

  return {
    add(item) {
      if (waiting.length >= options.waitingMax) return Promise.reject(new BatcherFullError())
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        schedule()
      })
    },
  }
}

function settle<In, Out>(one: Waiting<In, Out>, result: PromiseSettledResult<Out> | undefined): void {
  if (result === undefined) one.reject(new Error('the batch gave no result for this item'))
  else if (result.status === 'fulfilled') one.resolve(result.value)
  else one.reject(result.reason)
}
