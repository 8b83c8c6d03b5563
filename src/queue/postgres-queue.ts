import { createPostgresBackend, withBackend } from 'bullmq'
import { assemble, jobOptions, prefix, workerOptions } from './assemble.ts'
import type { Queue, QueueLog } from './queue.ts'
import type { QueueTelemetry } from './telemetry.ts'

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
    // A job need not survive a crash of Postgres: the sweeper enqueues it again.
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
