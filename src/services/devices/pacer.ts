import { paceHorizonMs, type Pacer } from '../../domain/messages/pacer.ts'

/** The pace of one device, kept by the one process that holds its connection. */
export type DevicePacer = Pacer

/** Two messages of a burst are never closer than a person's are. */
const burstGapMs = { min: 300, max: 900 }

/**
 * A pacer for one device: GCRA with a burst, and with times that vary as a person's do. It begins without a burst, so
 * that a device that moves from process to process does not get one each time.
 */
export function createDevicePacer(
  { burst, jitter }: { burst: number; jitter: number },
  nowMs: () => number = () => performance.now(),
  random: () => number = Math.random,
): DevicePacer {
  /** When the next message would be due if none could go early. */
  let dueMs = Number.NEGATIVE_INFINITY
  /** The end of the line of those that got no slot. */
  let lineMs = Number.NEGATIVE_INFINITY
  let heldUntilMs = Number.NEGATIVE_INFINITY
  let isNew = true

  return {
    reserve({ wanted, ratePerSecond, requeued }) {
      const spacingMs = 1_000 / ratePerSecond
      const earlyMs = (burst - 1) * spacingMs
      const now = nowMs()
      if (isNew) dueMs = now + earlyMs
      isNew = false
      const start = Math.max(now, dueMs - earlyMs, heldUntilMs)
      let granted = 0
      if (start <= now + paceHorizonMs && (requeued || lineMs <= now + paceHorizonMs)) {
        // Those of a burst go at once, one after the other; alone, a message waits for its time.
        while (
          granted < wanted &&
          Math.max(now, dueMs - earlyMs) <= now + (granted === 0 ? paceHorizonMs : 0)
        ) {
          dueMs = Math.max(now, dueMs) + spacingMs * (1 - jitter + 2 * jitter * random())
          granted += 1
        }
      }
      const nextMs = Math.max(now, dueMs - earlyMs, heldUntilMs)
      let retryInMs = 0
      if (granted < wanted) {
        if (!requeued) {
          lineMs = Math.max(lineMs, nextMs)
          retryInMs = lineMs - now
          lineMs += (wanted - granted) * spacingMs
        } else retryInMs = nextMs - now
      }
      const gapMs = burstGapMs.min + (burstGapMs.max - burstGapMs.min) * random()
      return Promise.resolve({
        granted,
        firstInMs: start - now,
        spacingMs,
        gapMs: Math.min(gapMs, spacingMs),
        retryInMs: Math.max(retryInMs, 50),
      })
    },
    hold(_key, ms) {
      heldUntilMs = Math.max(heldUntilMs, nowMs() + ms)
      return Promise.resolve()
    },
  }
}
