import { perContext } from '../../context.ts'

/**
 * When a breaker opens: so many of the last outcomes failed, judged by each process on what it sees and shared
 * through the endpoint's row. Convoy's numbers, counted over the latest outcomes in place of a fixed window, so that
 * a long good past does not hide present trouble.
 */
const rule = { outcomes: 32, outcomesMin: 10, failedRatio: 0.7, rowMin: 3, forgetAfterMs: 300_000 }

/** How one endpoint fared lately, as this process saw it. */
export interface Health {
  /** Its breaker is open, as far as this process knows. */
  isOpen: boolean
  /** The latest outcomes, true for failures. */
  recent: boolean[]
  changedMs: number
  successToldMs: number
}

/** Endpoints that are remembered; of more, the one that is known for the longest is forgotten. */
const endpointsMax = 10_000

const allHealth = perContext(() => new Map<string, Health>())

/** What this process knows of an endpoint. */
export function healthOf(ctx: Parameters<typeof allHealth>[0], endpointId: string): Health {
  const all = allHealth(ctx)
  const found = all.get(endpointId)
  if (found !== undefined) return found
  const fresh: Health = { isOpen: false, recent: [], changedMs: 0, successToldMs: 0 }
  all.set(endpointId, fresh)
  for (const oldest of all.keys()) {
    if (all.size <= endpointsMax) break
    all.delete(oldest)
  }
  return fresh
}

/** Notes an outcome. True when the breaker has to open: then what was noted is forgotten. */
export function noteOutcome(health: Health, failed: boolean): boolean {
  const now = performance.now()
  if (now - health.changedMs > rule.forgetAfterMs) health.recent = []
  health.changedMs = now
  const { recent } = health
  recent.push(failed)
  if (recent.length > rule.outcomes) recent.shift()
  if (!failed || recent.length < rule.outcomesMin) return false
  const failures = recent.filter(Boolean).length
  if (failures < recent.length * rule.failedRatio) return false
  health.recent = []
  return true
}

/** Whether the latest attempts all failed. */
export function failsInARow({ recent }: Health): boolean {
  return recent.length >= rule.rowMin && recent.slice(-rule.rowMin).every(Boolean)
}

const successEveryMs = 60_000

/** Whether to write down that a healthy endpoint succeeded: now and then, not with every delivery. */
export function isSuccessWorthWriting(health: Health): boolean {
  const now = performance.now()
  if (health.successToldMs !== 0 && now - health.successToldMs < successEveryMs) return false
  health.successToldMs = now
  return true
}
