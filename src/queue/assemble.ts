import type { Pacer } from '../domain/messages/pacer.ts'
import type { RateCounter } from '../domain/accounts/rate-counter.ts'
import { createTasks } from '../kit/concurrency/tasks.ts'
import { within } from '../kit/concurrency/within.ts'
import { chunk, groupBy } from '../kit/group.ts'
import { backoffMs } from '../kit/backoff.ts'
import { wait } from '../kit/concurrency/wait.ts'
import { createFairPriority } from './fair-priority.ts'
import { idsMax, jobPayload, laneJob, type JobName } from './jobs.ts'
import type { Queue, QueueLog } from './queue.ts'
import type { Watch } from './watch.ts'

export const prefix = 'hermod'
/** A finished job is deleted: Postgres remembers. */
export const jobOptions = { removeOnComplete: true, removeOnFail: true }
const freshName = 'fresh'
const requeuedName = 'requeued'

/** A job leaves nothing behind; a server that was away is used again within a second, not after BullMQ's 15. */
export const workerOptions = {
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  runRetryDelay: 1_000,
}

/** The parts that differ between the backends. */
export interface Parts {
  log: QueueLog
  watch: Watch
  queue(name: JobName): {
    add(name: string, data: object, options: { delay?: number; priority?: number }): Promise<unknown>
    on(event: 'error', listener: (error: Error) => void): unknown
    close(): Promise<void>
  }
  worker(
    name: JobName,
    concurrency: number,
    process: (job: { name: string; data: unknown }) => Promise<void>,
  ): {
    on(event: 'error', listener: (error: Error) => void): unknown
    /** Takes jobs until it is closed. */
    run(): Promise<void>
    close(): Promise<void>
    /** Hangs up, whatever is under way. */
    disconnect(): Promise<void>
  }
  /** Rejects, soon, when jobs cannot be taken: BullMQ itself would wait for as long as it takes. */
  ready(): Promise<void>
  pacer: Pacer | null
  rates: RateCounter | null
  ping(): Promise<void>
  /** As `Queue` has it. */
  findFault(): Promise<string | null>
  close(): Promise<void>
}

/** Makes a queue out of the parts of a backend. */
export function assemble(parts: Parts): Queue {
  const { log, watch } = parts
  const queues = new Map<JobName, ReturnType<Parts['queue']>>()
  const fairPriority = createFairPriority()

  /** Made at its first use: a queue connects as soon as it exists. */
  function queueOf(name: JobName): ReturnType<Parts['queue']> {
    const found = queues.get(name)
    if (found !== undefined) return found
    const queue = parts.queue(name)
    queue.on('error', quietly(log))
    queues.set(name, queue)
    return queue
  }

  async function add(
    name: JobName,
    ids: string[],
    {
      delayMs = 0,
      priority = 0,
      requeued = false,
    }: { delayMs?: number; priority?: number; requeued?: boolean },
  ): Promise<void> {
    const options = { ...(delayMs > 0 && { delay: Math.ceil(delayMs) }), ...(priority > 0 && { priority }) }
    try {
      await parts.ready()
      await queueOf(name).add(requeued ? requeuedName : freshName, { ids }, options)
      watch.note('enqueue', null)
    } catch (error) {
      watch.note('enqueue', error)
      log.warn(
        { err: error, job: name, ids: ids.length },
        'the queue did not take a job; the sweeper will enqueue it later',
      )
    }
  }

  return {
    async enqueue(name, ids, options = {}) {
      await Promise.all(chunk(ids, idsMax).map((some) => add(name, some, options)))
    },
    async enqueueAccepted(messages) {
      const byLane = groupBy(messages, (message) => message.lane)
      await Promise.all(
        [...byLane].flatMap(([lane, inLane]) => {
          const byAccount = groupBy(inLane, (message) => message.accountId)
          const ranked = [...byAccount].flatMap(([accountId, items]) =>
            chunk(items, idsMax).map((some) => ({
              priority: fairPriority.next(lane, accountId, some.length / idsMax),
              ids: some.map((item) => item.id),
            })),
          )
          // Accounts with the same priority share a job, so that many small ones cost no more than one.
          return [...groupBy(ranked, (one) => one.priority)].flatMap(([priority, some]) =>
            chunk(
              some.flatMap((one) => one.ids),
              idsMax,
            ).map((ids) => add(laneJob[lane], ids, { priority })),
          )
        }),
      )
    },
    consume(name, { concurrency, handle }) {
      const running = createTasks(() => undefined)
      const closing = new AbortController()

      function openWorker(): ReturnType<Parts['worker']> {
        const worker = parts.worker(name, concurrency, async (job) => {
          try {
            const { ids } = jobPayload.parse(job.data)
            const handling = handle({ ids, requeued: job.name === requeuedName })
            running.track(handling)
            await handling
          } catch (error) {
            // The work of the job stands in Postgres, and the sweeper enqueues it again.
            log.warn({ err: error, job: name }, 'a job failed; the sweeper will enqueue it again')
          }
        })
        worker.on('error', report)
        return worker
      }

      /** A worker that ends by itself is replaced. */
      async function keepWorking(): Promise<void> {
        for (let tries = 1; ; tries += 1) {
          await worker.run().catch(report)
          if (closing.signal.aborted) return
          await hangUp(worker, worker.close())
          await wait(backoffMs(tries, again), closing.signal)
          if (closing.signal.aborted) return
          worker = openWorker()
        }
      }

      const report = quietly(log)
      let worker = openWorker()
      const working = keepWorking()
      return {
        async close() {
          closing.abort()
          const closed = worker.close()
          await running.drain()
          // Nothing of ours runs any more.
          await hangUp(worker, closed)
          await isLate(working)
        },
      }
    },
    pacer: parts.pacer,
    rates: parts.rates,
    async ping() {
      await parts.ping()
      watch.check()
    },
    findFault: parts.findFault,
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      await parts.close()
    },
  }
}

/** The waits before a worker is made anew. */
const again = { baseMs: 1_000, capMs: 15_000 }
const hangUpMs = 1_000

/** Waits for the end of a worker, not for a server that is away: BullMQ would. */
async function hangUp(worker: ReturnType<Parts['worker']>, closed: Promise<void>): Promise<void> {
  if (await isLate(closed)) await isLate(Promise.all([worker.disconnect(), closed]))
}

/** Whether something is still under way after `hangUpMs`. The error that it fails with does not matter any more. */
function isLate(ending: Promise<unknown>): Promise<boolean> {
  const done = ending.then(
    () => false,
    () => false,
  )
  return within(hangUpMs, done, true)
}

/** Logs connection trouble once in a while instead of at every reconnect. */
export function quietly(log: QueueLog): (error: Error) => void {
  let mutedUntil = 0
  return (error) => {
    const now = Date.now()
    if (now < mutedUntil) return
    mutedUntil = now + 5_000
    log.warn({ err: error }, 'the queue has trouble')
  }
}
