import { createRedisBackend, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { assemble, jobOptions, prefix, quietly, workerOptions } from './assemble.ts'
import type { Queue, QueueLog } from './queue.ts'
import { createRedisPacer } from './redis-pacer.ts'
import { createRedisRateCounter } from './redis-rate-counter.ts'
import type { QueueTelemetry } from './telemetry.ts'
import { createWatch } from './watch.ts'

/** The queue on Redis. `telemetry`: where there are traces. */
export function createRedisQueue(url: string, log: QueueLog, telemetry?: QueueTelemetry): Queue {
  const traced = telemetry === undefined ? {} : { telemetry }
  const watch = createWatch()
  const { Queue: RedisQueue, Worker: RedisWorker } = withBackend<
    ReturnType<typeof createRedisBackend>,
    Parameters<typeof createRedisBackend>[1]['connection']
  >((...args) => watch.attach(createRedisBackend(...args)))
  // Producers fail fast: a job that hangs would hold up the answer to a client.
  const producer = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 500,
    socketTimeout: 2_000,
    ...connecting,
    connectionName: 'hermod',
  })
  producer.on('error', quietly(log))
  const ready = readiness(producer)
  let consumer: Redis | null = null

  /** Made when a worker needs it; not lazily connecting, because BullMQ gives up on a lazy one that fails. */
  function openConsumer(): Redis {
    consumer = new Redis(url, {
      maxRetriesPerRequest: null,
      // Longer than the ten seconds for which BullMQ waits for a job.
      socketTimeout: 15_000,
      ...connecting,
    })
    consumer.on('error', quietly(log))
    return consumer
  }

  return assemble({
    log,
    watch,
    queue: (name) =>
      new RedisQueue(name, {
        connection: producer,
        prefix,
        skipMetasUpdate: true,
        defaultJobOptions: jobOptions,
        ...traced,
      }),
    worker: (name, concurrency, process) =>
      new RedisWorker(name, process, {
        connection: consumer ?? openConsumer(),
        prefix,
        concurrency,
        autorun: false,
        ...workerOptions,
        ...traced,
      }),
    ready,
    pacer: createRedisPacer(producer, prefix),
    rates: createRedisRateCounter(producer, prefix),
    async ping() {
      // A server that takes no writes answers a PING all the same.
      await producer.set(`${prefix}:ping`, '', 'PX', 1_000)
    },
    async findFault() {
      const mode = await ready().then(
        () => producer.info('server'),
        () => '',
      )
      return /^redis_mode:cluster/m.test(mode)
        ? 'REDIS_URL names a node of a Redis Cluster, where the keys of one queue would lie on several servers. Name ' +
            'a single Redis or Valkey (replicas are no trouble), or leave REDIS_URL empty: then the queue is in Postgres.'
        : null
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

/** Redis says so when a failover has made a replica of it: the name or the proxy may lead to another server now. */
const isReplica = (error: Error): boolean => /READONLY|UNBLOCKED/.test(error.message)

/** A connection on which nothing comes for `socketTimeout` while an answer is due counts as dead, and is made anew. */
const connecting = { retryStrategy: reconnectMs, reconnectOnError: isReplica }

function reconnectMs(times: number): number {
  return Math.min(1_000, 50 * times)
}
