import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Fake } from './fakes.ts'
import { callbackRetryMsMax } from './graph-weather.ts'

/** Whether Meta's callbacks reach the database, watched all the time. */
export interface CallbackPath {
  /** They have been getting through for so long that whatever had to wait has come, too. */
  isSteady(): boolean
  /**
   * They have been cut off for so long that an unknown outcome may settle soon; until they are steady again.
   */
  isCutOff(): boolean
  /** The longest time in which none got through while somebody ran who might have sent again. */
  longestGapMs(): number
  stop(): Promise<void>
}

const probeEveryMs = 100
const probed = z.object({ status: z.int().nullable() })

/** Several times as long as the fake waits before it posts a callback again. */
const steadyMs = 3 * callbackRetryMsMax

/** Probes with a signed callback that says nothing, sent by the fake itself. */
export function watchCallbackPath(
  graph: Fake,
  watch: { cutOffMs: number; isFelt: () => boolean; stop: AbortSignal },
): CallbackPath {
  const ended = new AbortController()
  const signal = AbortSignal.any([watch.stop, ended.signal])
  let upSinceMs: number | null = null
  let lastUpMs = performance.now()
  let longestMs = 0
  let cutOff = false

  async function probe(): Promise<boolean> {
    const body = { body: { object: 'whatsapp_business_account', entry: [] } }
    const { status } = probed.parse(await graph.control('raw', { body, signal }))
    return status === 200
  }

  function isSteady(): boolean {
    return upSinceMs !== null && performance.now() - upSinceMs >= steadyMs
  }

  function look(): void {
    const gapMs = performance.now() - lastUpMs
    if (watch.isFelt()) longestMs = Math.max(longestMs, gapMs)
    if (gapMs > watch.cutOffMs) cutOff = true
    else if (isSteady()) cutOff = false
  }

  async function keepProbing(): Promise<void> {
    while (!signal.aborted) {
      const startMs = performance.now()
      const isUp = await probe().catch(() => false)
      look()
      if (isUp) {
        upSinceMs ??= startMs
        lastUpMs = startMs
      } else upSinceMs = null
      await pause(probeEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  const probing = keepProbing()
  return {
    isSteady,
    isCutOff() {
      look()
      return cutOff
    },
    longestGapMs: () => longestMs,
    async stop() {
      ended.abort()
      await probing
    },
  }
}
