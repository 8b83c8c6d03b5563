/** Waits between attempts to connect; see `kit/backoff.ts`. */
export const reconnectBackoff = { baseMs: 1_000, factor: 2, capMs: 300_000 }

/** A connection that lasted so long was well: the next wait is a short one again. */
export const stableMs = 60_000

/** So many connections in a row that ended as broken: only a new pairing helps. */
export const brokenMax = 10

/** How long a pairing may take to show its first code. */
export const firstCodeMs = 60_000

/** How long a device that is to be logged out may take to connect, before it is forgotten all the same. */
export const logOutMs = 15_000

/** A lease is given up so long before it ends, so that no byte is sent after it. */
export const leaseMarginMs = 1_500
