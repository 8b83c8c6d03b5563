import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Fake } from './fakes.ts'

/** Whether Meta's callbacks reach the database, watched all the time. */
export interface CallbackPath {
  /** For how long they have been getting through without a break; 0 while they do not. */
  upForMs(): number
  /** The longest time in which none got through. */
  longestGapMs(): number
  /** Resolves when they get through, or with false when the storm ran out of time. */
  up(): Promise<boolean>
  stop(): Promise<void>
}

const probeEveryMs = 100
const probed = z.object({ status: z.int().nullable() })

/** Probes with a signed callback that says nothing, sent by the fake itself. */
export function watchCallbackPath(graph: Fake, stop: AbortSignal): CallbackPath {
  const ended = new AbortController()
  const signal = AbortSignal.any([stop, ended.signal])
  let upSinceMs: number | null = null
  let lastUpMs = performance.now()
  let longestMs = 0

  async function probe(): Promise<boolean> {
    const body = { body: { object: 'whatsapp_business_account', entry: [] } }
    const { status } = probed.parse(await graph.control('raw', { body, signal }))
    return status === 200
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const startMs = performance.now()
      const isUp = await probe().catch(() => false)
      if (signal.aborted) return
      if (isUp) {
        upSinceMs ??= startMs
        longestMs = Math.max(longestMs, performance.now() - lastUpMs)
        lastUpMs = startMs
      } else upSinceMs = null
      await pause(probeEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  const watching = watch()
  return {
    upForMs: () => (upSinceMs === null ? 0 : performance.now() - upSinceMs),
    longestGapMs: () => Math.max(longestMs, performance.now() - lastUpMs),
    async up() {
      while (upSinceMs === null && !signal.aborted) await pause(50)
      return !signal.aborted
    },
    async stop() {
      longestMs = Math.max(longestMs, performance.now() - lastUpMs)
      ended.abort()
      await watching
    },
  }
}
