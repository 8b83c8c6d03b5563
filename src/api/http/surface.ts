import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import { errorCodes, type AppError } from '../../domain/app-error.ts'
import { noSuchPath } from './allowed-methods.ts'
import type { Resource } from './endpoint.ts'
import { errorLog, toAppError } from './errors.ts'
import { installJsonBody } from './body/json-body.ts'

/**
 * Another system's API, spoken over the same services: with its own way to send a key, shape of errors and words, so
 * that a client written for that system works with its base URL and key changed.
 */
export interface Surface {
  /** Its name in `SURFACES`, and the namespace of the identifiers that its clients choose. */
  name: string
  /** The beginning of all its paths. Its endpoints write their paths without it. */
  prefix: string
  /** The heading of its operations in the OpenAPI document. Its endpoints have this tag. */
  tag: { name: string; description: string }
  /** How its clients send their key, when that is not the native bearer token. By name, as the OpenAPI document has it. */
  security?: Readonly<Record<string, object>>
  /** Sets up what only its endpoints share: authentication, and what it changes of a request. */
  install(app: FastifyInstance): void
  /** Writes a refusal in its shape, also of a request below its prefix that no route or hook of its ever sees. */
  refuse(request: FastifyRequest, reply: FastifyReply, refusal: AppError): unknown
  resources: Resource[]
  /** Other spellings of some of its paths that its clients come to. They share what `install` sets up. */
  elsewhere?: readonly { prefix: string; resources: Resource[] }[]
}

/** Sets up what the endpoints of a surface share: JSON bodies, refusals in its shape, and what it installs itself. */
export function installSurface(app: FastifyInstance, ctx: Context, surface: Surface): void {
  const log = errorLog(ctx)
  installJsonBody(app)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = toAppError(error)
    log(refusal, error, request.id)
    if (errorCodes[refusal.code] === 401)
      void reply.header('www-authenticate', `ApiKey realm="${surface.name}"`)
    surface.refuse(request, reply, refusal)
  })
  app.setNotFoundHandler((request, reply) => {
    // The APIs that are spoken here have no word for a wrong method.
    surface.refuse(request, reply, noSuchPath(request))
  })
  surface.install(app)
}
