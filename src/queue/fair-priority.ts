/** How much of a lane a tenant may use before others go first: a round takes this long. */
const roundMs = 20
const priorityMax = 2_000_000

/**
 * Accounts take turns within a lane: each piece of work gets the number of rounds that its account is ahead of its share,
 * to be used as the job's priority (1 is next). A tenant that asks for one job a round stays at 1; one that
 * pours in a hundred at once gets 1 to 100, so that another tenant's first job passes them. Kept by each process
 * for what it accepts; jobs that starve all the same are enqueued again by the sweeper.
 */
export function createFairPriority(nowMs: () => number = () => performance.now()): {
  next(lane: string, tenant: string, share: number): number
} {
  const startMs = nowMs()
  const used = new Map<string, number>()
  let prunedAt = 0

  return {
    /** `share`: how much of a full job this is, from 0 to 1. */
    next(lane, tenant, share) {
      const round = (nowMs() - startMs) / roundMs
      if (round - prunedAt > 5_000) {
        prunedAt = round
        for (const [key, until] of used) if (until <= round) used.delete(key)
      }
      const key = `${lane} ${tenant}`
      const ahead = Math.max(round, used.get(key) ?? 0)
      used.set(key, ahead + share)
      return Math.min(priorityMax, 1 + Math.floor(ahead - round))
    },
  }
}
