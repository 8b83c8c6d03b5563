import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openapiText } from '../../../scripts/openapi-text.ts'

/** What every part of the document must have, as OpenAPI 3.1 and its readers want it. */

const example = { example: z.unknown().optional(), examples: z.record(z.string(), z.unknown()).optional() }
const media = z.looseObject({ schema: z.record(z.string(), z.unknown()), ...example })
const contents = z.record(z.string().regex(/^(\w+\/[\w.+-]+|\*\/\*)$/), media)
const parameter = z.looseObject({
  name: z.string().min(1),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().optional(),
  schema: z.record(z.string(), z.unknown()),
})
const operation = z.looseObject({
  operationId: z.string().regex(/^[a-z][A-Za-z0-9]+(\.[a-z][A-Za-z0-9]+)?$/),
  summary: z.string().min(3),
  description: z.string().min(3).optional(),
  tags: z.array(z.string()).length(1),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.looseObject({ required: z.boolean().optional(), content: contents }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.looseObject({ description: z.string().min(3), content: contents.optional() }),
  ),
})
const document = z.looseObject({
  openapi: z.string().regex(/^3\.1\.\d$/),
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.looseObject({ url: z.string() })).min(1),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith('/'),
    z.record(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation.optional()),
  ),
  components: z.looseObject({
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
})
type Operation = z.infer<typeof operation> & { at: string; method: string; path: string }

let text: string
let api: z.infer<typeof document>
let operations: Operation[]
beforeAll(async () => {
  text = await openapiText()
  api = document.parse(JSON.parse(text))
  operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, one]) =>
      one === undefined ? [] : [{ ...one, at: `${method} ${path}`, method, path }],
    ),
  )
})

test('the document in openapi/ is the one of the schemas', async () => {
  const file = fileURLToPath(new URL('../../../openapi/openapi.json', import.meta.url))
  expect((await readFile(file, 'utf8')) === text, 'run npm run openapi, and commit what it writes').toBe(true)
})

test('the same schemas give the same document', async () => {
  expect(await openapiText()).toBe(text)
})

test('every reference leads to a part of the document', () => {
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(references.length).toBeGreaterThan(10)
  const components = Object.keys(api.components.schemas).map((name) => `#/components/schemas/${name}`)
  expect([...new Set(references)].filter((reference) => !components.includes(reference))).toEqual([])
})

describe('every operation', () => {
  test('has a name, a tag and a security scheme that exist', () => {
    expect(operations.length).toBeGreaterThan(12)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    const tags = api.tags.map(({ name }) => name)
    expect(operations.filter((one) => !tags.includes(one.tags[0] ?? '')).map(({ at }) => at)).toEqual([])
    const schemes = operations.flatMap(({ security }) => (security ?? api.security).flatMap(Object.keys))
    expect([...new Set(schemes)]).toEqual(Object.keys(api.components.securitySchemes))
  })

  test('has an example for its request and for each of its answers', () => {
    const without = operations.flatMap(({ at, requestBody, responses }) => [
      ...bare(requestBody?.content).map((type) => `${at} request ${type}`),
      ...Object.entries(responses).flatMap(([status, { content }]) =>
        bare(content).map((type) => `${at} ${status} ${type}`),
      ),
    ])
    expect(without).toEqual([])
  })

  test('takes a body where its method has one to take, and only there', () => {
    const bodiless = [
      'post /auth/me/credentials/verify',
      'post /auth/me/rotate-key',
      'post /messages/{id}/retry',
      'post /webhook-deliveries/{id}/resend',
    ]
    // An act upon one session or webhook.
    const act = /^post .*\/(sessions|webhooks)\/\{id\}\/[a-z-]+$/
    const withBody = ['post /sessions/{id}/pair', 'post /sessions/{id}/inbound']
    const needsNone = (at: string) => bodiless.includes(at) || (act.test(at) && !withBody.includes(at))
    const wrong = operations.filter(
      ({ at, method, requestBody }) =>
        ['post', 'put', 'patch'].includes(method) && !needsNone(at) !== (requestBody !== undefined),
    )
    expect(wrong.map(({ at }) => at)).toEqual([])
  })

  test('has the parameters of its path, each once and required', () => {
    const wrong = operations.filter(({ path, parameters = [] }) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const declared = parameters.filter((one) => one.in === 'path' && one.required === true)
      const names = parameters.map(({ name }) => name)
      return declared.map(({ name }) => name).join() !== inPath.join() || new Set(names).size !== names.length
    })
    expect(wrong.map(({ at }) => at)).toEqual([])
  })

  test('that sends takes an Idempotency-Key', () => {
    const sending = operations.filter(({ at }) => ['post /send-message', 'post /messages/bulk'].includes(at))
    expect(sending.length).toBeGreaterThan(0)
    for (const { parameters = [] } of sending) {
      expect(parameters).toContainEqual(
        expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: false }),
      )
    }
  })
})

/** The media types that show nothing: neither of their own, nor by the schema that they refer to. */
function bare(content: z.infer<typeof contents> | undefined): string[] {
  return Object.entries(content ?? {}).flatMap(([type, { schema, ...shown }]) => {
    const name = String(schema['$ref'] ?? '').replace('#/components/schemas/', '')
    const referred = api.components.schemas[name] ?? {}
    const any = ['example', 'examples'].some((key) => key in shown || key in schema || key in referred)
    return any ? [] : [type]
  })
}
