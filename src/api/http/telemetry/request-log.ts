import type { FastifyInstance } from 'fastify'
import type { Context } from '../../../context.ts'

/**
 * At the level `debug`, one line for each request when its answer is out. It names the route and not the path, which
 * may hold a phone number.
 */
export function logRequests(app: FastifyInstance, ctx: Context): void {
  if (!ctx.log.isLevelEnabled('debug')) return
  app.addHook('onResponse', (request, reply, done) => {
    const { id: requestId, method } = request
    const route = request.routeOptions.url ?? 'none'
    const ms = Math.round(reply.elapsedTime)
    ctx.log.debug({ requestId, method, route, status: reply.statusCode, ms }, 'a request was answered')
    done()
  })
}
