import type { IQueueBackend } from 'bullmq'
import { backoffMs } from '../kit/backoff.ts'
import { wait } from '../kit/concurrency/wait.ts'

/** The outcome of the last attempts to use the queue. */
export interface Watch {
  /** Notes the outcome of an attempt; null: it went well. */
  note(kind: Kind, error: unknown): void
  /** Notes the fetches of jobs through a backend, and has those that fail followed by a pause. */
  attach<B extends IQueueBackend>(backend: B): B
  /** Throws when an attempt failed and none went well since, or when one hangs. */
  check(): void
}

type Kind = 'enqueue' | 'fetch'

const pause = { baseMs: 200, capMs: 5_000 }
/** After so long without another attempt a failure says nothing any more. */
const freshMs = 30_000
/** A fetch that takes longer hangs. */
const fetchMsMax = 5_000

/** `onFailure`: told of each failure, to judge whether the connection is to be replaced. */
export function createWatch(onFailure: (error: unknown) => void = () => undefined): Watch {
  const failures = new Map<Kind, { error: unknown; atMs: number }>()
  const fetching = new Set<{ sinceMs: number }>()

  function note(kind: Kind, error: unknown): void {
    if (error === null) {
      failures.delete(kind)
      return
    }
    failures.set(kind, { error, atMs: performance.now() })
    onFailure(error)
  }

  return {
    note,
    attach(backend) {
      const stop = new AbortController()
      const fetch = backend.moveToActive.bind(backend)
      const waitForJob = backend.waitForJob.bind(backend)
      const findStalled = backend.moveStalledJobsToWait.bind(backend)
      const disconnectBlocking = backend.disconnectBlocking.bind(backend)
      const close = backend.close.bind(backend)
      let failed = 0

      // BullMQ itself tries again at once after most errors.
      async function paused<T>(act: () => Promise<T>): Promise<T> {
        try {
          const result = await act()
          failed = 0
          note('fetch', null)
          return result
        } catch (error) {
          if (!stop.signal.aborted) note('fetch', error)
          failed += 1
          await wait(backoffMs(failed, pause), stop.signal)
          throw error
        }
      }

      return Object.assign(backend, {
        moveToActive: (...args: Parameters<typeof fetch>) =>
          paused(async () => {
            const one = { sinceMs: performance.now() }
            fetching.add(one)
            try {
              return await fetch(...args)
            } finally {
              fetching.delete(one)
            }
          }),
        // BullMQ would give up looking for lost jobs for good.
        moveStalledJobsToWait: () => findStalled().catch(() => []),
        waitForJob: (...args: Parameters<typeof waitForJob>) => paused(() => waitForJob(...args)),
        disconnectBlocking: (...args: Parameters<typeof disconnectBlocking>) => {
          stop.abort()
          return disconnectBlocking(...args)
        },
        close: (...args: Parameters<typeof close>) => {
          stop.abort()
          return close(...args)
        },
      })
    },
    check() {
      const now = performance.now()
      for (const { error, atMs } of failures.values()) {
        if (now - atMs < freshMs)
          throw new Error('the queue was in trouble when it was last used', { cause: error })
      }
      for (const { sinceMs } of fetching) {
        if (now - sinceMs > fetchMsMax) throw new Error('the queue does not answer a fetch of jobs')
      }
    },
  }
}
