import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Context } from '../context.ts'
import { newId } from '../kit/id.ts'
import { collectMethods } from './http/allowed-methods.ts'
import { setBasicHeaders } from './http/basic-headers.ts'
import { whatsappCallbacks } from './callbacks/whatsapp.ts'
import { pages } from './pages/index.ts'
import { installAuth } from './native/plugins/auth.ts'
import { answerClientErrors } from './http/client-errors.ts'
import { decodeBodies } from './http/body/content-encoding.ts'
import { refuseWhileClosing } from './http/closing.ts'
import { validators } from './http/body/left-out.ts'
import { operationsOf, registerResource } from './http/endpoint.ts'
import { answerUnroutable, installErrors, refusalBody } from './native/plugins/errors.ts'
import { installJsonBody } from './http/body/json-body.ts'
import { installSurface } from './http/surface.ts'
import { measureRequests } from './http/telemetry/metrics.ts'
import { logRequests } from './http/telemetry/request-log.ts'
import { traceRequests } from './http/telemetry/tracing.ts'
import { installOpenapi } from './openapi/document.ts'
import { setWording } from './native/plugins/wording.ts'
import { nativeResources } from './native/resources/index.ts'
import { openSurfaces } from './surfaces/index.ts'

/** Builds the HTTP face of the service; it does not listen yet. */
export async function buildServer(ctx: Context): Promise<FastifyInstance> {
  setWording()
  const surfaces = openSurfaces(ctx)
  const app = Fastify<Server, IncomingMessage, ServerResponse, FastifyBaseLogger>({
    loggerInstance: ctx.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newId,
    // Our log lines name the request themselves; a logger of its own for each request would cost.
    childLoggerFactory: (logger) => logger,
    bodyLimit: ctx.config.http.bodyBytesMax,
    requestTimeout: 60_000,
    trustProxy: ctx.config.http.trustProxy,
    // Keep-alive connections of a crowd of clients must not hold up a shutdown.
    forceCloseConnections: 'idle',
    // See http/closing.ts.
    return503OnClosing: false,
    // Identifiers that clients choose may have 200 characters, each of which may be encoded as twelve.
    routerOptions: { maxParamLength: 4_096 },
    frameworkErrors: answerUnroutable(
      ctx,
      ({ url }) =>
        surfaces.find((one) =>
          [one, ...(one.elsewhere ?? [])].some(({ prefix }) => url.startsWith(`${prefix}/`)),
        )?.refuse,
    ),
    clientErrorHandler: answerClientErrors(refusalBody),
  })
  app.setValidatorCompiler(validators)
  // The presenters make exactly what the schemas say, as the contract test verifies; checking it again would cost.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.addHook('onRequest', (request, reply, next) => {
    setBasicHeaders(request, reply)
    next()
  })
  decodeBodies(app)
  const methodsOf = collectMethods(app)
  installErrors(app, ctx, methodsOf)
  refuseWhileClosing(app)
  measureRequests(app, ctx)
  logRequests(app, ctx)
  traceRequests(app, ctx)
  await installOpenapi(app, { publicUrl: ctx.config.http.publicUrl, surfaces })
  const resources = nativeResources(ctx)
  await app.register(async (native) => {
    installJsonBody(native)
    installAuth(native, ctx)
    for (const resource of resources) await registerResource(native, resource)
  })
  for (const surface of surfaces) {
    for (const { prefix, resources: own } of [surface, ...(surface.elsewhere ?? [])]) {
      await app.register(
        async (scope) => {
          installSurface(scope, ctx, surface)
          for (const resource of own) await registerResource(scope, resource)
        },
        { prefix },
      )
    }
  }
  await registerResource(app, whatsappCallbacks(ctx))
  await app.register(
    pages(ctx, { operations: operationsOf(resources), surfaces: surfaces.map(({ name }) => name) }),
  )
  return app
}
