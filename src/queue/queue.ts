import { Queue as BullQueue, Worker, withBackend, createPostgresBackend } from 'bullmq'
import { Redis } from 'ioredis'
import type { Lane } from '../domain/messages/message.ts'
import type { Pacer } from '../domain/messages/pacer.ts'
import type { RateCounter } from '../domain/accounts/rate-counter.ts'
import { chunk, groupBy } from '../kit/group.ts'
import { createTasks } from '../kit/concurrency/tasks.ts'
import { wait } from '../kit/concurrency/wait.ts'
import { idsMax, jobPayload, laneJob, type JobName } from './jobs.ts'
import { createRedisPacer } from './redis-pacer.ts'
import { createRedisRateCounter } from './redis-rate-counter.ts'
import type { QueueTelemetry } from './telemetry.ts'
import { createFairPriority } from './fair-priority.ts'

/** What the queue needs to say about itself. */
export interface QueueLog {
  warn(details: object, text: string): void
}

/** What a handler is given: ids, and whether they come back in their turn after a wait for their pace. */
export interface Job {
  ids: string[]
  inTurn: boolean
}

export interface Consumer {
  /** Takes no more jobs and resolves when those under way are done. */
  close(): Promise<void>
}

/**
 * The doorbell between those who store work and those who do it. Losing it delays work and never loses it, so
 * ringing never throws: a bell that cannot be rung is logged, and the sweeper rings later.
 */
export interface Queue {
  enqueue(name: JobName, ids: string[], options?: { delayMs?: number; inTurn?: boolean }): Promise<void>
  /** Rings for freshly accepted messages, tenants taking turns within their lane. */
  enqueueAccepted(messages: { id: string; lane: Lane; accountId: string }[]): Promise<void>
  consume(name: JobName, options: { concurrency: number; handle(enqueue: Job): Promise<void> }): Consumer
  /** The pace that lives with the queue (Redis), or null when it has to live in Postgres. */
  pacer: Pacer | null
  /** The rate counters that live with the queue, likewise. */
  rates: RateCounter | null
  /** Resolves when the queue can be used; throws when it cannot. */
  ping(): Promise<void>
  close(): Promise<void>
}

const prefix = 'hermod'
/** A job is gone when it is done: Postgres remembers. */
const jobOptions = { removeOnComplete: true, removeOnFail: true }
const inTurnName = 'turn'

/** The queue on Redis. `telemetry`: where there are traces. */
export function createRedisQueue(url: string, log: QueueLog, telemetry?: QueueTelemetry): Queue {
  const traced = telemetry === undefined ? {} : { telemetry }
  // Producers fail fast: a ring that hangs would hold up the answer to a client.
  const producer = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 500,
    retryStrategy: reconnectMs,
    connectionName: 'hermod',
  })
  producer.on('error', quietly(log))
  const ready = readiness(producer)
  let consumer: Redis | null = null

  /** Made when a worker needs it; not lazily connecting, because BullMQ gives up on a lazy one that fails. */
  function openConsumer(): Redis {
    consumer = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnectMs })
    consumer.on('error', quietly(log))
    return consumer
  }

  return assemble({
    log,
    queue: (name) =>
      new BullQueue(name, {
        connection: producer,
        prefix,
        skipMetasUpdate: true,
        defaultJobOptions: jobOptions,
        ...traced,
      }),
    worker: (name, concurrency, process) =>
      new Worker(name, process, {
        connection: consumer ?? openConsumer(),
        prefix,
        concurrency,
        ...workerOptions,
        ...traced,
      }),
    ready,
    pacer: createRedisPacer(producer, prefix),
    rates: createRedisRateCounter(producer, prefix),
    async ping() {
      await producer.ping()
    },
    async close() {
      producer.disconnect()
      consumer?.disconnect()
      return Promise.resolve()
    },
  })
}

/**
 * The queue in Postgres, for set-ups without Redis: BullMQ's own backend, in a schema of its own. `telemetry`: where
 * there are traces.
 */
export function createPostgresQueue(url: string, log: QueueLog, telemetry?: QueueTelemetry): Queue {
  const traced = telemetry === undefined ? {} : { telemetry }
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend)
  const connection = (max: number) => ({
    connectionString: url,
    schema: 'hermod_queue',
    migrate: true,
    max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A doorbell need not survive a crash of Postgres: the sweeper rings again.
    options: '-c synchronous_commit=off',
    application_name: 'hermod-queue',
  })
  return assemble({
    log,
    queue: (name) =>
      new PostgresQueue(name, {
        connection: connection(2),
        prefix,
        defaultJobOptions: jobOptions,
        ...traced,
      }),
    worker: (name, concurrency, process) =>
      new PostgresWorker(name, process, {
        connection: connection(2),
        prefix,
        concurrency,
        ...workerOptions,
        ...traced,
      }),
    ready: () => Promise.resolve(),
    pacer: null,
    rates: null,
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  })
}

/** A job leaves nothing behind; a server that was away is used again soon, not after BullMQ's 15 seconds. */
const workerOptions = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 }, runRetryDelay: 1_000 }

/** What both backends give; the rest is the same. */
interface Parts {
  log: QueueLog
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
    close(): Promise<void>
    /** Hangs up, whatever is under way. */
    disconnect(): Promise<void>
  }
  /** Rejects, soon, when jobs cannot be taken: BullMQ itself would wait for as long as it takes. */
  ready(): Promise<void>
  pacer: Pacer | null
  rates: RateCounter | null
  ping(): Promise<void>
  close(): Promise<void>
}

function assemble(parts: Parts): Queue {
  const { log } = parts
  const queues = new Map<JobName, ReturnType<Parts['queue']>>()
  const turns = createFairPriority()

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
    { delayMs = 0, priority = 0, inTurn = false }: { delayMs?: number; priority?: number; inTurn?: boolean },
  ): Promise<void> {
    const options = { ...(delayMs > 0 && { delay: Math.ceil(delayMs) }), ...(priority > 0 && { priority }) }
    try {
      await parts.ready()
      await queueOf(name).add(inTurn ? inTurnName : 'ring', { ids }, options)
    } catch (error) {
      log.warn(
        { err: error, name, jobs: ids.length },
        'the queue did not take a job; the sweeper will ring later',
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
          const byTenant = groupBy(inLane, (message) => message.accountId)
          const ranked = [...byTenant].flatMap(([tenant, items]) =>
            chunk(items, idsMax).map((some) => ({
              priority: turns.next(lane, tenant, some.length / idsMax),
              ids: some.map((item) => item.id),
            })),
          )
          // Tenants that are equally far ahead share a job, so that many small ones cost no more than one.
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
      const worker = parts.worker(name, concurrency, async (job) => {
        try {
          const { ids } = jobPayload.parse(job.data)
          const handling = handle({ ids, inTurn: job.name === inTurnName })
          running.track(handling)
          await handling
        } catch (error) {
          // The bell has rung; what it rang for stands in Postgres, and the sweeper rings again.
          log.warn({ err: error, name }, 'a job failed; the sweeper will ring again')
        }
      })
      worker.on('error', quietly(log))
      return {
        async close() {
          const closed = worker.close()
          await running.drain()
          // Nothing of ours runs any more. BullMQ goes on waiting for a server that is away: hang up on it.
          if (await isLate(closed)) await isLate(Promise.all([worker.disconnect(), closed]))
        },
      }
    },
    pacer: parts.pacer,
    rates: parts.rates,
    ping: parts.ping,
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      await parts.close()
    },
  }
}

const hangUpMs = 1_000

/** Whether something is still under way after `hangUpMs`. What it fails with does not matter any more. */
async function isLate(ending: Promise<unknown>): Promise<boolean> {
  const ended = new AbortController()
  const done = ending.then(
    () => false,
    () => false,
  )
  const late = await Promise.race([done, wait(hangUpMs, ended.signal).then(() => true)])
  ended.abort()
  return late
}

/** How long the first ring of a process waits for the first connection. */
const connectMsMax = 2_000

/** Whether a connection can be used: waits for it while it is new, and never for one that was lost. */
function readiness(redis: Redis): () => Promise<void> {
  const first = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Redis does not answer')), connectMsMax)
    timer.unref()
    redis.once('ready', resolve)
    redis.once('error', reject)
    redis.once('end', () => reject(new Error('the queue is closed')))
  })
  first.catch(() => undefined)
  const isReady = (): boolean => redis.status === 'ready'
  return async () => {
    if (isReady()) return
    await first
    if (!isReady()) throw new Error('Redis is away')
  }
}

function reconnectMs(times: number): number {
  return Math.min(1_000, 50 * times)
}

/** Logs connection trouble once in a while instead of at every reconnect. */
function quietly(log: QueueLog): (error: Error) => void {
  let mutedUntil = 0
  return (error) => {
    const now = Date.now()
    if (now < mutedUntil) return
    mutedUntil = now + 5_000
    log.warn({ err: error }, 'the queue has trouble')
  }
}
