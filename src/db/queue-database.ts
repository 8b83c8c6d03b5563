import type pg from 'pg'
import { createPool, queueSchema, settings, type Target } from './connection.ts'
import type { Listener } from './listener.ts'

const statementMs = 30_000

/**
 * The settings of the connections that serve the queue. A job need not survive a crash of Postgres: the sweeper enqueues it
 * again.
 */
export const settingsForQueue = (target: Target): string =>
  settings(queueSchema(target.schema), { statementMs, further: 'set synchronous_commit to off' })

/** How the connections of a process are shared out. One more than these listens to notifications. */
export interface Shares {
  db: number
  /** 0: the connection that listens serves the queue too. */
  queue: number
}

/** One connection listens, a quarter is for a queue in Postgres, and the others are for everything else. */
export function shareConnections(poolMax: number, has: { queue: boolean }): Shares {
  const queue = has.queue ? Math.floor(poolMax / 4) : 0
  return { db: poolMax - 1 - queue, queue }
}

/** The connections of a queue in Postgres. */
export interface QueueDatabase {
  /** Runs a statement where the queue's tables are found without the name of their schema. */
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>
  listen: Listener['listen']
  close(): Promise<void>
}

export function createQueueDatabase({
  target,
  listener,
  poolMax,
}: {
  target: Target
  listener: Listener
  poolMax: number
}): QueueDatabase {
  if (poolMax === 0) return { query: listener.query, listen: listener.listen, close: () => Promise.resolve() }
  const pool = createPool(target, {
    max: poolMax,
    name: 'hermod-queue',
    sets: settingsForQueue(target),
  })
  return {
    query: (text, values) => pool.query(text, values),
    listen: listener.listen,
    close: () => pool.end(),
  }
}
