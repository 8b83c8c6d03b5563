import type { Lane } from '../domain/messages/message.ts'
import type { Pacer } from '../domain/messages/pacer.ts'
import type { RateCounter } from '../domain/accounts/rate-counter.ts'
import type { JobName } from './jobs.ts'

// The front door of the room: the contract of the queue. `redis-queue` and `postgres-queue` make one on either backend
// of BullMQ, out of what `assemble` has in common; `jobs` names the `fair-priority` lets accounts take turns;
// `watch` notes what the last uses found, `postgres-backend` fits BullMQ to our connections, `migrate-queue` makes its tables.

/** The log that the queue writes to. */
export interface QueueLog {
  warn(details: object, text: string): void
}

/** A job as its handler gets it: ids, and whether they were enqueued again after their pacer postponed them. */
export interface Job {
  ids: string[]
  requeued: boolean
}

/** A worker that takes jobs. */
export interface Consumer {
  /** Takes no more jobs and resolves when those under way are done. */
  close(): Promise<void>
}

/**
 * Wakes those who do the work that is stored in Postgres. Jobs carry ids and nothing else, so that losing the queue
 * delays work and never loses it. Enqueueing never throws: a job that the queue does not take is logged, and the
 * sweeper enqueues it later.
 */
export interface Queue {
  enqueue(name: JobName, ids: string[], options?: { delayMs?: number; requeued?: boolean }): Promise<void>
  /** Enqueues freshly accepted messages; accounts take turns within a lane. */
  enqueueAccepted(messages: { id: string; lane: Lane; accountId: string }[]): Promise<void>
  consume(name: JobName, options: { concurrency: number; handle(job: Job): Promise<void> }): Consumer
  /** The pacer that lives with the queue (Redis), or null when it has to live in Postgres. */
  pacer: Pacer | null
  /** The rate counters that live with the queue, likewise. */
  rates: RateCounter | null
  /** Resolves when the queue can be used, and could when it last was; throws when it cannot. */
  ping(): Promise<void>
  /** Why the server can never serve the queue, and what to change; null when it can, or does not answer yet. */
  findFault(): Promise<string | null>
  close(): Promise<void>
}
