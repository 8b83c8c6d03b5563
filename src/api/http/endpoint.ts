import type {
  ContextConfigDefault,
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchema,
  HTTPMethods,
  onRequestAsyncHookHandler,
  preValidationAsyncHookHandler,
  preValidationHookHandler,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteHandlerMethod,
} from 'fastify'
import type { RouteGenericInterface } from 'fastify/types/route.js'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { KeyScope } from '../../domain/accounts/account.ts'

/** Parts of the OpenAPI document that no schema can give: headers, and bodies that are read as bytes. */
export interface DocumentedByHand {
  parameters?: object[]
  requestBody?: object
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs, or `open` for a route that needs no key. A route without one needs `manage`. */
    scope?: KeyScope | 'open'
    /** True: the statement that writes verifies the key again, so a caller that is a few seconds old will do. */
    verifyAtWrite?: boolean
    /** True: a request with a token in its query needs no key; the handler judges the token. */
    takesToken?: boolean
    document?: DocumentedByHand
  }
}

type Handler<Schema extends FastifySchema> = RouteHandlerMethod<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  RouteGenericInterface,
  ContextConfigDefault,
  Schema,
  ZodTypeProvider,
  FastifyBaseLogger
>

/** Everything that is known of one operation of an API, but its handler. */
export interface EndpointFacts<Schema extends FastifySchema = FastifySchema> {
  method: HTTPMethods
  /** As Fastify writes it: `/messages/:id`. */
  path: string
  /** Reads as code: `messages.send`. Null: it is not in the OpenAPI document. */
  operationId: string | null
  scope: KeyScope | 'open'
  verifyAtWrite?: boolean
  takesToken?: boolean
  bodyLimit?: number
  /** Runs before the body is read. */
  onRequest?: onRequestAsyncHookHandler
  preValidation?: preValidationHookHandler | preValidationAsyncHookHandler
  /** False: HEAD is not answered, because it would cost as much as GET. */
  exposeHeadRoute?: boolean
  document?: DocumentedByHand
  /** Zod schemas of what comes in and goes out, and the words of the document: tags, summary, description. */
  schema: Schema
}

/** One operation of an API. The routes, the OpenAPI document, the guide and the scope tests are made from it. */
export interface Endpoint extends EndpointFacts {
  register(app: FastifyInstance): void
}

/** Endpoints that share how their bodies are read. Each resource is registered in a scope of its own. */
export interface Resource {
  endpoints: Endpoint[]
  /** Sets up what only these endpoints need, such as a parser of their bodies. */
  prepare?(app: FastifyInstance): void | Promise<void>
}

const openBodyBytesMax = 16 * 1_024

/** Makes an endpoint; the types of the handler's request and reply come from the schema. */
export function endpoint<const Schema extends FastifySchema>({
  handler,
  ...facts
}: EndpointFacts<Schema> & { handler: Handler<Schema> }): Endpoint {
  return {
    ...facts,
    register(app) {
      const { method, path, operationId, scope, verifyAtWrite, takesToken, document, schema, ...options } =
        facts
      app.withTypeProvider<ZodTypeProvider>().route({
        method,
        url: path,
        config: {
          scope,
          ...(verifyAtWrite && { verifyAtWrite }),
          ...(takesToken && { takesToken }),
          ...(document && { document }),
        },
        schema: { ...schema, ...(operationId === null ? { hide: true } : { operationId }) },
        // A request without a key has little to say; a parser may set another limit of its own.
        ...(scope === 'open' && document === undefined && { bodyLimit: openBodyBytesMax }),
        ...options,
        handler,
      })
    },
  }
}

/** Registers a resource with everything that its endpoints share. */
export async function registerResource(app: FastifyInstance, resource: Resource): Promise<void> {
  await app.register(async (own) => {
    await resource.prepare?.(own)
    for (const one of resource.endpoints) one.register(own)
  })
}

/** The facts of every endpoint that has an operation id, by it. */
export function operationsOf(resources: readonly Resource[]): ReadonlyMap<string, Endpoint> {
  const endpoints = resources.flatMap((resource) => resource.endpoints)
  return new Map(endpoints.flatMap((one) => (one.operationId === null ? [] : [[one.operationId, one]])))
}
