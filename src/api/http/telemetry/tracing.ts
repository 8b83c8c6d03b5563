import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import type { OpenSpan } from '../../../kit/tracing.ts'

/** Gives every request a span, under the caller's where its headers carry one; what it starts belongs to it. */
export function traceRequests(app: FastifyInstance, ctx: Context): void {
  const { tracing } = ctx
  if (tracing === null) return
  const spans = new WeakMap<FastifyRequest, OpenSpan>()
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const span = tracing.start(
      {
        name: `${request.method} ${route}`,
        kind: 'server',
        attributes: {
          'http.request.method': request.method,
          'http.route': route,
          'hermod.request_id': request.id,
        },
      },
      request.headers,
    )
    spans.set(request, span)
    done()
  })
  // Here and not before: a body that is read breaks the chain of asynchronous calls.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request)
    if (span === undefined) done()
    else span.run(() => done())
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply
    spans.get(request)?.end({
      attributes: { 'http.response.status_code': statusCode },
      ...(statusCode >= 500 && { problem: `HTTP ${statusCode}` }),
    })
    done()
  })
}
