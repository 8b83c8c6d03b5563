import { directTarget } from '../../src/db/connection.ts'
import { createListener } from '../../src/db/listener.ts'
import { createQueueDatabase, settingsForQueue } from '../../src/db/queue-database.ts'
import { createPostgresQueue } from '../../src/queue/postgres-queue.ts'
import type { Queue, QueueLog } from '../../src/queue/queue.ts'

/** A queue in Postgres with connections of its own, as a process has them. */
export function openPostgresQueue(url: string, log: QueueLog): Queue {
  const target = directTarget(url)
  const listener = createListener(target, { onError: () => undefined, sets: settingsForQueue(target) })
  const database = createQueueDatabase({ target, listener, poolMax: 2 })
  const queue = createPostgresQueue(database, log)
  return {
    ...queue,
    async close() {
      await queue.close()
      await Promise.all([database.close(), listener.close()])
    },
  }
}
