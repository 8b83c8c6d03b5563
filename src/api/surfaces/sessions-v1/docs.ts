import { endpoint, type Resource } from '../../http/endpoint.ts'

/** Where the documents of this installation are, by the paths at which clients of this API look for theirs. */
const targets = {
  '/docs': '/docs',
  '/redoc': '/docs',
  '/openapi.json': '/openapi.json',
} as const

/** Leads those who look for the documents of this API to those of this installation. */
export function docsRedirects(): Resource {
  return {
    endpoints: Object.entries(targets).map(([path, target]) =>
      endpoint({
        method: 'GET',
        path,
        operationId: null,
        scope: 'open',
        schema: {},
        handler: (_request, reply) => reply.redirect(target),
      }),
    ),
  }
}
