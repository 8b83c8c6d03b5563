import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ulidOf } from '../../../src/kit/id.ts'
import { startBilling, stripeSignature, type Billing } from '../../support/billing.ts'
import { customerCallback, postCallback, signatureOf } from '../../support/callbacks.ts'
import { arbitraryFor, inlineReferences, mutationOf, type JsonSchema } from '../../support/json-schema.ts'
import { createValidator } from '../../support/openapi-document.ts'
import { keyHeadersOf, surfaceTagsOf } from '../../support/surfaces.ts'
import {
  startTestService,
  testAppSecret,
  testVerifyToken,
  type Answer,
  type TestService,
} from '../../support/service.ts'

interface Content {
  content?: Record<
    string,
    { schema?: JsonSchema; example?: unknown; examples?: Record<string, { value: unknown }> }
  >
}
interface Parameter {
  in: 'path' | 'query' | 'header'
  name: string
  required: boolean
  schema: JsonSchema
}
interface Operation {
  tags: string[]
  security?: unknown[]
  parameters?: Parameter[]
  requestBody?: Content
  responses: Record<string, Content>
}

let hermod: TestService
let billing: Billing
let paths: Record<string, Record<string, Operation>>
let key: string
let spareKey: string
let accountId: string
/** Reaches nobody: for surfaces, whose operations would link phones and write to people at once. */
let testKey: string
let surfaceTags: ReadonlySet<string>
let keyHeaders: (operation: Operation) => ReturnType<typeof keyHeadersOf>
/** Ids that exist, for the places where one is asked for. */
let ids: string[]
let sessionId: string
/** A message that brought a file. */
let pictureId: string
/** Verifications of one-time passwords that can be sent again. */
let otpIds: string[]
const problemOf = createValidator()

beforeAll(async () => {
  billing = await startBilling()
  hermod = await startTestService({ env: billing.env })
  const { body: document } = await hermod.call('GET', '/openapi.json')
  paths = Object(inlineReferences(document)).paths
  surfaceTags = surfaceTagsOf(document)
  keyHeaders = (operation) => keyHeadersOf(document, operation)
  hermod.graph.control.rules.add({ when: { to: '14155550404' }, outcome: { kind: 'error', code: 131_026 } })
})
afterAll(async () => {
  await hermod.stop()
  await billing.stripe.close()
})

const credentials = {
  whatsappAccessToken: 'EAAtesttoken',
  whatsappPhoneNumberId: '106540352242922',
  whatsappBusinessAccountId: '102290129340398',
}

/** An account with one of everything: each operation gets its own, so that one takes nothing from another. */
async function makeCaller(): Promise<void> {
  key = await hermod.connect({ webhook: true })
  accountId = (await hermod.call('GET', '/auth/me', { key })).body.data.id
  await hermod.call('PUT', '/auth/me/credentials', { key, body: credentials })
  hermod.graph.control.setTemplates(
    [{ id: '1689556908129832', name: 'order_ready', language: 'en_US' }],
    credentials.whatsappBusinessAccountId,
  )
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const bodies = [{ sendAt: later }, { to: '14155550404' }]
  const messages = bodies.map((body) => ({ to: '14155552671', message: 'Hi', ...body }))
  const { body: bulk } = await hermod.call('POST', '/messages/bulk', { key, body: { messages } })
  const { body: list } = await hermod.call('GET', '/messages', { key })
  sessionId = list.data[0].session
  const { body: sessions } = await hermod.call('GET', '/sessions', { key })
  spareKey = await hermod.register()
  const tests = await hermod.call('POST', '/keys', { key, body: { name: 'test', mode: 'test' } })
  testKey = tests.body.data.apiKey
  const keys = await Promise.all(
    ['one', 'two', 'three'].map((name) => hermod.call('POST', '/keys', { key, body: { name } })),
  )
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
  const picture = hermod.graph.control.addMedia({ bytes: Buffer.from('A picture'), mimeType: 'image/jpeg' })
  const message = { type: 'image', image: { id: picture, mime_type: 'image/jpeg' } }
  await postCallback(
    hermod,
    customerCallback(credentials.whatsappPhoneNumberId, { id: `wamid.${picture}`, ...message }),
  )
  const { body: inbound } = await hermod.call('GET', '/messages?direction=inbound', { key })
  pictureId = inbound.data[0].id
  const endpoint = await hermod.call('POST', '/webhook-endpoints', {
    key,
    body: { url: `${hermod.receiver.url}/events` },
  })
  const route = `/webhook-endpoints/${endpoint.body.data.id}`
  const [sample, recovery] = await Promise.all([
    hermod.call('POST', `${route}/test`, { key, body: {} }),
    hermod.call('POST', `${route}/recover`, { key, body: { since: new Date().toISOString() } }),
  ])
  const keyIds: string[] = [...keys, endpoint, recovery].map(({ body }) => body.data.id)
  ids = [
    bulk.data.batchId,
    ...list.data.map(({ id }: { id: string }) => id),
    ...keyIds,
    sample.body.data.deliveryId,
    ...sessions.data.map(({ id }: { id: string }) => id),
  ]
  await hermod.call('PUT', '/otp/services/login', { key, body: { resendWaitSeconds: [0], sends: 10 } })
  otpIds = []
  for (const fields of [{}, { service: 'login' }]) {
    const code = await hermod.call('POST', '/otp', {
      key,
      body: { to: '14155552671', session: 'sandbox', ...fields },
    })
    otpIds.push(code.body.data.id)
  }
  const [failing = ''] = ids.slice(1)
  await hermod.messageUntil(key, failing, ({ status }) => status === 'failed')
}

/** A signature for a body, as the one who calls there would make it. */
function proofOf(path: string, raw: string): Record<string, string> {
  return path === '/billing/webhook'
    ? stripeSignature(raw)
    : { 'x-hub-signature-256': signatureOf(raw, testAppSecret) }
}

/** One request, as text. */
interface Call {
  method: string
  path: string
  secret: string | null
  headers: Record<string, string>
  raw?: string
}

/** A value as it stands in a path, a query or a header. */
const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const isWritable = (text: string) => text.isWellFormed() && !['', '.', '../..'].includes(text)

/** Values that are right and that no schema tells. */
const knownValues: Record<string, () => string[]> = {
  id: () => [...ids, pictureId, ...otpIds],
  uuid: () => ids.map(ulidOf),
  name: () => ['order_ready', 'default', 'login'],
  cursor: () => [...ids, 'order_ready:en_US'],
  sessionId: () => [sessionId],
  'hub.verify_token': () => [testVerifyToken],
  'hub.mode': () => ['subscribe'],
  address: () => ['14155552671'],
  session: () => ['default', 'sandbox', sessionId],
  language: () => ['en_US'],
  from: () => ['2026-03-01', '2026-03-01T05:00:00Z'],
  to: () => ['2026-03-20', '2026-03-20T05:00:00Z', '14155552671'],
}

/** What a parameter may be: right, in the right form, or anything; null leaves it out. */
function valueOf({ name, in: where, required, schema }: Parameter): fc.Arbitrary<string | null> {
  const known = (knownValues[name]?.() ?? []).map((one) => ({ weight: 6, arbitrary: fc.constant(one) }))
  const value = fc
    .oneof(
      ...known,
      { weight: 6, arbitrary: arbitraryFor(schema).map(asText) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }).map(asText) },
    )
    .filter(isWritable)
  // What cannot stand in a header never reaches the service.
  const writable = where === 'header' ? value.filter((text) => /^[\x21-\x7e]+$/.test(text)) : value
  return required && where === 'path' ? writable : fc.option(writable)
}

function parametersOf(parameters: Parameter[]): fc.Arbitrary<[Parameter, string | null][]> {
  return fc.tuple(
    ...parameters.map((parameter) =>
      valueOf(parameter).map((value): [Parameter, string | null] => [parameter, value]),
    ),
  )
}

function examplesOf(operation: Operation): unknown[] {
  const json = operation.requestBody?.content?.['application/json']
  const named = Object.values(json?.examples ?? {}).map(({ value }) => value)
  const examples = [...named, ...(json?.schema?.examples ?? []), json?.example].filter(
    (one) => one !== undefined,
  )
  // Names in the internet are not to be looked up from here, and what was recent in an example is long ago.
  return examples.map((one): unknown =>
    JSON.parse(
      JSON.stringify(one)
        .replaceAll(/https:\/\/(app\.)?example\.com/g, hermod.receiver.url)
        .replaceAll(/(?<="since":")[^"]+/g, new Date(Date.now() - 60_000).toISOString()),
    ),
  )
}

/** Types that a body may have, beside what everything else in the service takes. */
function typesOf(operation: Operation): fc.Arbitrary<string> {
  const types = Object.keys(operation.requestBody?.content ?? {})
  return fc.constantFrom(...(types.length === 0 ? ['application/json'] : types))
}

/** A body: as the schema says, nearly so, or anything at all; null for none. */
function bodyOf(operation: Operation): fc.Arbitrary<string | null> {
  const anything = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constant(null))
  const schema = operation.requestBody?.content?.['application/json']?.schema
  if (schema === undefined) return anything
  const examples = examplesOf(operation).map((one) => ({ weight: 3, arbitrary: fc.constant(one) }))
  const valid = fc.oneof(...examples, { weight: 2, arbitrary: arbitraryFor(schema) })
  const nearlyValid = valid.chain(mutationOf)
  return fc.oneof(
    { weight: 3, arbitrary: valid.map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: nearlyValid.map((value) => JSON.stringify(value) ?? null) },
    { weight: 2, arbitrary: nearlyValid.chain(mutationOf).map((value) => JSON.stringify(value) ?? null) },
    { weight: 2, arbitrary: anything },
  )
}

/** The key that an operation is called with. Rotating ends the key that calls, so that one has a key of its own. */
function rightKey(path: string, operation: Operation): string {
  if (surfaceTags.has(operation.tags[0] ?? '')) return testKey
  return /\/rotate-key\b/.test(path) ? spareKey : key
}

const secretsFor = (path: string, operation: Operation) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(rightKey(path, operation)) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.stringMatching(/^sk_live_[0-9a-f]{48}$/) },
  )

function callOf(method: string, path: string, operation: Operation): fc.Arbitrary<Call> {
  return fc
    .record({
      parameters: parametersOf(operation.parameters ?? []),
      raw: method === 'get' ? fc.constant(null) : bodyOf(operation),
      secret: secretsFor(path, operation),
      signed: fc.boolean(),
      type: typesOf(operation),
    })
    .map(({ parameters, raw, secret, signed, type }) => {
      const given = parameters.flatMap(([{ in: where, name }, value]) =>
        value === null ? [] : [{ where, name, value }],
      )
      const query = new URLSearchParams(
        given
          .filter(({ where }) => where === 'query')
          .map(({ name, value }): [string, string] => [name, value]),
      )
      const filled = given
        .filter(({ where }) => where === 'path')
        .reduce((url, { name, value }) => url.replace(`{${name}}`, encodeURIComponent(value)), path)
      const headers = given
        .filter(({ where }) => where === 'header')
        .map(({ name, value }) => [name.toLowerCase(), value])
      return {
        method: method.toUpperCase(),
        path: `${filled}?${query.toString()}`,
        secret,
        headers: {
          ...Object.fromEntries(headers),
          ...(secret !== null && keyHeaders(operation)?.(secret, accountId)),
          ...(raw !== null && { 'content-type': type }),
          // A callback that is not proven goes no further.
          ...(signed && raw !== null && proofOf(path, raw)),
        },
        ...(raw !== null && { raw }),
      }
    })
}

/** The status of an answer as the document lists it, or a complaint. */
function documented(operation: Operation, { status, body }: Answer): string | null {
  const listed = operation.responses[status]
  // An unreadable body is refused everywhere; it is not worth a line where no body is asked for.
  if (operation.requestBody === undefined && status === 400) return null
  if (listed === undefined) return `answered ${status}, which the document does not list`
  if (status === 204) return body === '' ? null : 'answered 204 with a body'
  const [content] = Object.values(listed.content ?? {})
  if (content?.schema === undefined) return `has no schema for ${status}`
  const problem = problemOf(content.schema, body)
  return problem === null ? null : `broke its schema for ${status}: ${problem}`
}

const envelope = {
  success: false,
  error: expect.any(String),
  code: expect.stringMatching(/^[a-z_]+$/),
  requestId: expect.any(String),
}

async function check(operation: Operation, { method, path, secret, ...request }: Call): Promise<number> {
  const answer = await hermod.call(method, path, request)
  expect(answer.status).toBeLessThan(500)
  expect(documented(operation, answer)).toBeNull()
  if (answer.status < 300) return answer.status
  if (operation.security?.length !== 0 && secret !== rightKey(path, operation))
    expect(answer.status).toBe(401)
  // The shape of a surface's refusals is in its schemas.
  if (surfaceTags.has(operation.tags[0] ?? '')) return answer.status
  expectEnvelope(answer)
  return answer.status
}

function expectEnvelope(answer: Answer): void {
  const details = answer.status === 400 && 'details' in answer.body ? { details: expect.any(Array) } : {}
  expect(answer.body).toEqual({ ...envelope, ...details })
}

/** Requests an operation, and the longest time they may take together. */
const runsMax = 40
const operationMsMax = 800
/** How often that is tried until one succeeded. */
const roundsMax = 20
const surfaceRounds = 4

/** Operations that need a phone, or a file, succeed in the tests that have one. */
const needPhone =
  /^(\/api\/v1)?\/(sessions\/\{id\}\/(pair|qr|stream|stream-token|connect|disconnect|logout)|messages\/(media|audio))$/

/** Operations of surfaces do in the surfaces' own tests: they need names that were paired, and have limits. */
function succeedElsewhere(name: string): boolean {
  const [method = '', path = ''] = name.split(' ')
  const { tags = [] } = paths[path]?.[method.toLowerCase()] ?? {}
  return needPhone.test(path) || tags.some((tag) => surfaceTags.has(tag))
}

test('whatever is asked, no answer is a 5xx, and every answer is as the document says', async () => {
  const succeeded: Record<string, boolean> = {}
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method.toUpperCase()} ${path}`
      succeeded[name] = false
      await makeCaller()
      // Only who has subscribed has something to manage.
      if (path === '/billing/portal') await billing.subscribe(hermod, key)
      // On a busy machine the time is up before one of the rarer right requests was made.
      const isOfSurface = surfaceTags.has(operation.tags[0] ?? '')
      const rounds = isOfSurface ? surfaceRounds : needPhone.test(path) ? 1 : roundsMax
      for (let round = 0; round < rounds && !succeeded[name]; round += 1) {
        // Each account may ask a few times only.
        if (isOfSurface && round > 0) await makeCaller()
        const property = fc.asyncProperty(callOf(method, path, operation), async (call) => {
          const status = await check(operation, call)
          succeeded[name] ||= status < 300
        })
        await fc.assert(property, { numRuns: runsMax, interruptAfterTimeLimit: operationMsMax })
      }
    }
  }
  // Else the property would hold for a server that refuses everything.
  const never = Object.entries(succeeded).flatMap(([name, once]) => (once ? [] : [name]))
  expect(never.filter((name) => !succeedElsewhere(name))).toEqual([])
}, 240_000)

test('what cannot be stored is refused in every parameter of a path and of a query', async () => {
  await makeCaller()
  const asked = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      (operation.parameters ?? []).flatMap((bad) =>
        bad.in === 'header' ? [] : [{ path, method, operation, bad }],
      ),
    ),
  )
  expect(asked.length).toBeGreaterThan(100)
  for (const { path, method, operation, bad } of asked) {
    const filled = path.replace(`{${bad.name}}`, 'a%00b').replaceAll(/\{\w+\}/g, sessionId)
    const route = bad.in === 'path' ? filled : `${filled}?${bad.name}=a%00b`
    const { status } = await hermod.call(method.toUpperCase(), route, {
      headers: keyHeaders(operation)?.(rightKey(path, operation), accountId) ?? {},
    })
    expect({ route, isRefused: status >= 400 && status < 500 }).toEqual({ route, isRefused: true })
  }
})
