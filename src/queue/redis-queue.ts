import { Queue as BullQueue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { assemble, jobOptions, prefix, quietly, workerOptions } from './assemble.ts'
import type { Queue, QueueLog } from './queue.ts'
import { createRedisPacer } from './redis-pacer.ts'
import { createRedisRateCounter } from './redis-rate-counter.ts'
import type { QueueTelemetry } from './telemetry.ts'

/** The queue on Redis. `telemetry`: where there are traces. */
export function createRedisQueue(url: string, log: QueueLog, telemetry?: QueueTelemetry): Queue {
  const traced = telemetry === undefined ? {} : { telemetry }
  // Producers fail fast: a job that hangs would hold up the answer to a client.
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

/** How long the first job of a process waits for the first connection. */
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
