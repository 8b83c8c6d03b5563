import { z } from 'zod'
import { openSurfaces } from '../../src/api/surfaces/index.ts'
import type { TestService } from './service.ts'

// The tests of the native API pass over what surfaces add: each has its own, in test/api/surfaces.

/** Tells whether a route such as `POST /path` belongs to a surface of the service. */
export function routesOfSurfaces(hermod: TestService): (route: string) => boolean {
  const prefixes = openSurfaces(hermod.service.ctx).flatMap(({ prefix, elsewhere = [] }) => [
    prefix,
    ...elsewhere.map((other) => other.prefix),
  ])
  return (route) => prefixes.some((prefix) => `${route.split(' ')[1] ?? ''}/`.startsWith(`${prefix}/`))
}

const scheme = z.looseObject({ type: z.string(), in: z.string().optional(), name: z.string().optional() })
const operation = z.looseObject({
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.unknown())).optional(),
})
const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ securitySchemes: z.record(z.string(), scheme) }),
})

/** The tags of an OpenAPI document whose operations take another key than the native one. */
export function surfaceTagsOf(text: unknown): ReadonlySet<string> {
  const operations = Object.values(document.parse(text).paths).flatMap((methods) => Object.values(methods))
  return new Set(
    operations.flatMap(({ tags, security = [] }) =>
      security.some((one) => Object.keys(one).some((name) => name !== 'apiKey')) ? tags : [],
    ),
  )
}

/** How an operation is shown a key and the account of it, as its OpenAPI document says; null where none is asked for. */
export function keyHeadersOf(
  text: unknown,
  { security }: { security?: unknown[] | undefined },
): ((key: string, accountId: string) => Record<string, string>) | null {
  const { securitySchemes } = document.parse(text).components
  if (security?.length === 0) return null
  const [first = { apiKey: [] }] = security ?? []
  const names = Object.keys(Object(first))
  return (key, accountId) =>
    Object.fromEntries(
      names.map((one) => {
        const { type, name = '' } = securitySchemes[one] ?? { type: 'http' }
        if (type !== 'apiKey') return ['authorization', `Bearer ${key}`]
        return [name.toLowerCase(), /key/i.test(name) ? key : accountId]
      }),
    )
}
