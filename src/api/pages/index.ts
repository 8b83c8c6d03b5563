import type { FastifyPluginCallback } from 'fastify'
import type { Context } from '../../context.ts'
import { baseOf } from '../http/base-url.ts'
import { buyPage } from './buy.ts'
import { developersPage } from './developers.ts'
import { llmsText } from './llms.ts'
import type { Operations } from './sample.ts'

/** Pages for people, and for the machines that write programs for them. They load nothing from elsewhere. */
export function pages(
  ctx: Context,
  { operations, surfaces }: { operations: Operations; surfaces: readonly string[] },
): FastifyPluginCallback {
  return (app, _options, done) => {
    const route = { config: { scope: 'open' as const }, schema: { hide: true } }
    app.get('/developers', route, (request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .headers({ ...headers, 'content-security-policy': contentPolicy })
        .send(developersPage({ base: baseOf(ctx, request), surfaces }, ctx.clock.now(), operations)),
    )
    app.get('/llms.txt', route, (request, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .headers(headers)
        .send(llmsText({ base: baseOf(ctx, request), surfaces }, ctx.clock.now(), operations)),
    )
    void app.register(buyPage(ctx))
    done()
  }
}

// The address in the samples may be that of the request.
const headers = { vary: 'Host', 'cache-control': 'no-cache' }
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'"
