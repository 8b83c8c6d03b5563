import { withBackend } from 'bullmq'
import { assemble, jobOptions, prefix, workerOptions } from './assemble.ts'
import { sharedBackend, type QueueDatabase } from './postgres-backend.ts'
import type { Queue, QueueLog } from './queue.ts'
import type { QueueTelemetry } from './telemetry.ts'
import { createWatch } from './watch.ts'

/**
 * The queue in Postgres, for set-ups without Redis: BullMQ's own tables, in a schema beside ours, which must be there
 * already. `telemetry`: where there are traces.
 */
export function createPostgresQueue(
  database: QueueDatabase,
  log: QueueLog,
  telemetry?: QueueTelemetry,
): Queue {
  const traced = telemetry === undefined ? {} : { telemetry }
  const watch = createWatch()
  const backend = sharedBackend(database)
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(((...args) =>
    watch.attach(backend(...args))) satisfies typeof backend)
  return assemble({
    log,
    watch,
    queue: (name) =>
      new PostgresQueue(name, { connection: {}, prefix, defaultJobOptions: jobOptions, ...traced }),
    worker: (name, concurrency, process) =>
      new PostgresWorker(name, process, {
        connection: {},
        prefix,
        concurrency,
        autorun: false,
        ...workerOptions,
        ...traced,
      }),
    ready: () => Promise.resolve(),
    pacer: null,
    rates: null,
    async ping() {
      await database.query('select 1 from meta limit 1')
    },
    findFault: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  })
}
