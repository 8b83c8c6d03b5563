import { z } from 'zod'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { checkReadiness } from '../../../../services/operations/readiness.ts'
import { sendMetrics } from '../../../http/telemetry/metrics.ts'

const health = z.object({ status: z.literal('ok') }).meta({ examples: [{ status: 'ok' }] })
const readiness = z
  .object({
    status: z.enum(['ready', 'unavailable']),
    checks: z.object({ database: z.enum(['up', 'down']), queue: z.enum(['up', 'down']) }),
  })
  .meta({ examples: [{ status: 'ready', checks: { database: 'up', queue: 'up' } }] })

export function operationEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/healthz',
        operationId: 'operations.health',
        scope: 'open',
        schema: {
          tags: ['Operations'],
          security: [],
          summary: 'Is the process alive',
          response: { 200: health },
        },
        handler: () => ({ status: 'ok' as const }),
      }),

      endpoint({
        method: 'GET',
        path: '/readyz',
        operationId: 'operations.readiness',
        scope: 'open',
        schema: {
          tags: ['Operations'],
          security: [],
          summary: 'Can it take messages',
          description: 'Needs the database. Without the queue messages are taken and sent later.',
          response: { 200: readiness, 503: readiness },
        },
        handler: async (_request, reply) => {
          const checks = await checkReadiness(ctx)
          const ready = checks.database === 'up'
          if (!ready) void reply.header('retry-after', 1)
          return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unavailable', checks })
        },
      }),

      // Not in the OpenAPI document: for machines of the operator, not for those who use the API.
      endpoint({
        method: 'GET',
        path: '/metrics',
        operationId: null,
        scope: 'open',
        schema: {},
        handler: (request, reply) => {
          if (ctx.config.metrics.token === null) return reply.callNotFound()
          return sendMetrics(ctx, request, reply)
        },
      }),
    ],
  }
}
