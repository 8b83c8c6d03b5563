import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { readTimeseries, summarize } from '../../../../services/analytics/reports.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { toSpan } from '../../plugins/dates.ts'
import { presentSummary, presentTimeseries } from './present.ts'
import { summaryAnswer, summaryQuery, timeseriesAnswer, timeseriesQuery } from './schema.ts'

const tags = ['Analytics']

export function analyticsEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/analytics/summary',
        operationId: 'analytics.summary',
        scope: 'read',
        schema: {
          tags,
          summary: 'Delivery statistics',
          description:
            'How the messages that you sent stand now: all of them, or those accepted in a span of time. They are ' +
            'counted by the hour of UTC, so a span that begins or ends within an hour is refused.',
          querystring: summaryQuery,
          response: { 200: summaryAnswer, ...refusals(400) },
        },
        handler: async (request) =>
          presentSummary(await summarize(ctx, callerOf(request).account.id, toSpan(request.query))),
      }),

      endpoint({
        method: 'GET',
        path: '/analytics/timeseries',
        operationId: 'analytics.timeseries',
        scope: 'read',
        schema: {
          tags,
          summary: 'Delivery statistics by day or hour',
          description:
            'By the UTC day or hour in which messages were accepted; those in which there were none have zeros. The ' +
            'last 30 days or 24 hours if you do not say which. A span that is not of whole days or hours is refused.',
          querystring: timeseriesQuery,
          response: { 200: timeseriesAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const { interval, ...span } = request.query
          const asked = { interval, ...toSpan(span) }
          return presentTimeseries(await readTimeseries(ctx, callerOf(request).account.id, asked))
        },
      }),
    ],
  }
}
