import Fastify, { LogController, type FastifyInstance } from 'fastify'
import type { Context } from '../context.ts'
import { newId } from '../kit/id.ts'
import { collectMethods } from './http/allowed-methods.ts'
import { answerUnroutable, installErrors } from './native/plugins/errors.ts'
import { sendMetrics } from './http/telemetry/metrics.ts'

/** The listener of METRICS_PORT: it serves the metrics of this process, whatever its role, and nothing else. */
export function buildMetricsServer(ctx: Context): FastifyInstance {
  const app: FastifyInstance = Fastify({
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newId,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    frameworkErrors: answerUnroutable(ctx),
  })
  installErrors(app, ctx, collectMethods(app))
  app.get('/metrics', (request, reply) => sendMetrics(ctx, request, reply))
  return app
}
