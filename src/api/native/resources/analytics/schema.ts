import { z } from 'zod'
import { instant, success } from '../../plugins/envelope.ts'
import { moment } from '../../plugins/dates.ts'

const span = {
  from: moment.optional().meta({
    description:
      'Count messages accepted from here on: a date (its UTC midnight), or a date and time that is a full hour.',
  }),
  to: moment.optional().meta({
    description:
      'Up to here: a date (that whole UTC day is counted), or a date and time that is a full hour (not counted).',
  }),
}

export const summaryQuery = z.strictObject(span)

export const timeseriesQuery = z.strictObject({
  interval: z
    .enum(['day', 'hour'])
    .default('day')
    .meta({ description: 'Both are of UTC. At most 366 days or 744 hours.' }),
  ...span,
})

const tally = {
  total: z.number().int(),
  byStatus: z
    .record(z.string(), z.number().int())
    .meta({ description: 'By present status; statuses that no message has are left out.' }),
  deliveryRate: z.number().meta({ description: 'Delivered or read, as a part of total, to four digits.' }),
  failureRate: z.number().meta({ description: 'Failed, as a part of total, to four digits.' }),
}

const example = {
  total: 1042,
  byStatus: { delivered: 980, failed: 52, sent: 10 },
  deliveryRate: 0.9405,
  failureRate: 0.0499,
}

export const summaryAnswer = success(
  z.object({
    ...tally,
    from: instant.nullable().meta({ description: 'The first moment that is counted; null: from the start.' }),
    to: instant.nullable().meta({ description: 'The first moment that is not counted; null: up to now.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: { ...example, from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' },
    },
  ],
})

export const timeseriesAnswer = success(
  z.object({
    interval: z.enum(['day', 'hour']),
    from: instant,
    to: instant.meta({ description: 'The first moment that is not counted.' }),
    points: z.array(z.object({ at: instant.meta({ description: 'When it begins.' }), ...tally })),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        interval: 'day',
        from: '2026-03-28T00:00:00.000Z',
        to: '2026-03-29T00:00:00.000Z',
        points: [{ at: '2026-03-28T00:00:00.000Z', ...example }],
      },
    },
  ],
})
