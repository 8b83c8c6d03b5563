/** The wall clock, given to whatever needs the time so that a test can hold it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** `ms` after `at`. */
export function after(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}

/** A foreign instant, or `now` where it lies in the future: no clock but ours tells what is still to come. */
export function notAfter(instant: Date, now: Date): Date {
  return instant > now ? now : instant
}
