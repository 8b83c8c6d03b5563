const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** How fine messages are counted. Both are of UTC. */
export const periodMs = { hour: hourMs, day: dayMs } as const
export type Period = keyof typeof periodMs

/** A stretch of time: from the first moment of `from` up to, and without, `to`. */
export interface Span {
  from: Date
  to: Date
}

/** True for a moment at which a UTC day or hour begins. */
export function beginsPeriod(at: Date, period: Period): boolean {
  return at.getTime() % periodMs[period] === 0
}

/** The begin of the day or hour in which `at` is. */
export function startOf(at: Date, period: Period): Date {
  return new Date(Math.floor(at.getTime() / periodMs[period]) * periodMs[period])
}

/** The first begin of a day or hour that is not before `at`. */
export function nextStart(at: Date, period: Period): Date {
  return new Date(Math.ceil(at.getTime() / periodMs[period]) * periodMs[period])
}

/** How many days or hours begin in a span. */
export function countStarts({ from, to }: Span, period: Period): number {
  return Math.max(0, Math.ceil((to.getTime() - from.getTime()) / periodMs[period]))
}

/** The begins of all days or hours of a span that begins with one. */
export function startsIn(span: Span, period: Period): Date[] {
  const firstMs = span.from.getTime()
  return Array.from({ length: countStarts(span, period) }, (_, n) => new Date(firstMs + n * periodMs[period]))
}
