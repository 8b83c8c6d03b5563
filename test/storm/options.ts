/** The size and the pace of a storm. */
export interface StormOptions {
  seed: number
  messages: number
  /** Kills of single processes; killing everything at once comes on top, once. */
  kills: number
  /** How long the service waits for a callback about an unknown outcome before it sends again. */
  settleSeconds: number
  /** Time for everything to come to rest after the last kill. */
  restMs: number
  /** Time for all of it: whatever hangs, the storm ends by itself. */
  totalMs: number
  /** Leaves logs and data behind also when nothing was wrong. */
  keep: boolean
}

/** The long form: minutes. */
export const longStorm = {
  messages: 5_000,
  kills: 48,
  settleSeconds: 20,
  restMs: 180_000,
  totalMs: 900_000,
} as const

/** The short form, for every run of the tests. */
export const shortStorm = {
  messages: 600,
  kills: 5,
  settleSeconds: 12,
  restMs: 90_000,
  totalMs: 150_000,
} as const

/** What can be killed. */
export const kinds = ['api', 'worker', 'redis', 'postgres'] as const
export type Kind = (typeof kinds)[number]
