import type { z } from 'zod'
import type { Summary, Timeseries } from '../../../../services/analytics/reports.ts'
import type { summaryAnswer, timeseriesAnswer } from './schema.ts'

export function presentSummary({ from, to, ...tally }: Summary): z.input<typeof summaryAnswer> {
  return {
    success: true,
    data: { ...tally, from: from?.toISOString() ?? null, to: to?.toISOString() ?? null },
  }
}

export function presentTimeseries({
  interval,
  from,
  to,
  points,
}: Timeseries): z.input<typeof timeseriesAnswer> {
  return {
    success: true,
    data: {
      interval,
      from: from.toISOString(),
      to: to.toISOString(),
      points: points.map(({ at, ...tally }) => ({ at: at.toISOString(), ...tally })),
    },
  }
}
