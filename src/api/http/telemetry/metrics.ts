import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { safeEqual } from '../../../kit/crypto/hash.ts'
import { metrics, readMetrics } from '../../../services/telemetry/metrics.ts'

/** Times every request of a server, by its route: paths as they come would be without number. */
export function measureRequests(app: FastifyInstance, ctx: Context): void {
  const seconds = metrics(ctx)?.requestSeconds
  if (seconds === undefined) return
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
    done()
  })
}

/** Answers a scrape. Throws `invalid_api_key` when there is a METRICS_TOKEN and the request does not show it. */
export async function sendMetrics(
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { token } = ctx.config.metrics
  if (token !== null && !safeEqual(request.headers.authorization ?? '', `Bearer ${token}`)) {
    throw new AppError('invalid_api_key', 'The metrics need: Authorization: Bearer, and the METRICS_TOKEN.')
  }
  const found = await readMetrics(ctx)
  if (found === null) throw new AppError('not_found', 'There are no metrics here.')
  return reply.type(found.contentType).header('cache-control', 'no-store').send(found.text)
}
