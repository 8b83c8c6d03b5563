import { sessionHealth } from '../../../src/domain/sessions/health.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openapiText } from '../../../scripts/openapi-text.ts'
import { topUpCredits } from '../../../src/services/billing/credits.ts'
import { startBilling, type Billing } from '../../support/billing.ts'
import { customerCallback, postCallback } from '../../support/callbacks.ts'
import {
  createValidator,
  fieldsIn,
  fieldsOf,
  operationsOf,
  type DocumentedOperation,
} from '../../support/openapi-document.ts'
import { reportHealth, refuseLate } from '../../support/news.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import {
  testAppSecret,
  testVerifyToken,
  until,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../support/service.ts'
import { newVerification, otpCases } from './otp-cases.ts'
import { inboundSamples } from '../../wire/meta/samples/inbound.ts'

/**
 * The OpenAPI document and the service say the same, in both directions: whatever an operation answers with success
 * is documented, whatever is documented is answered, and the document's own examples are good requests and answers.
 */

// Each surface has a test of its own.
const operations = operationsOf(JSON.parse(await openapiText({ surfaces: 'none' })))
const validator = createValidator()

let billing: Billing
let devices: DeviceService
let hermod: TestService
beforeAll(async () => {
  billing = await startBilling()
  devices = await startDeviceService({ env: { ...billing.env, SURFACES: 'none' } })
  hermod = devices.hermod
  hermod.graph.control.rules.add({ when: { to: failing }, outcome: { kind: 'error', code: 131_026 } })
})
afterAll(async () => {
  await devices.stop()
  await billing.stripe.close()
})

const to = '14155552671'
const failing = '14155550404'
const customer = '16505551234'
const later = () => new Date(Date.now() + 3_600_000).toISOString()

/** An account of its own, and how it asks. */
interface World extends TestSender {
  ask(method: string, path: string, options?: CallOptions): Promise<Answer>
  message(fields?: Record<string, unknown>, wanted?: string): Promise<string>
}

async function newWorld(): Promise<World> {
  const sender = await connectSender(hermod)
  const ask: World['ask'] = (method, path, options) =>
    hermod.call(method, path, { key: sender.key, ...options })
  await ask('POST', '/auth/me/credentials/verify')
  return {
    ...sender,
    ask,
    async message(fields = {}, wanted = 'read') {
      const { body } = await ask('POST', '/send-message', { body: { to, ...fields } })
      const { id } = body.data
      await hermod.messageUntil(sender.key, id, ({ status }) => status === wanted)
      return id
    },
  }
}

/** What a customer writes to an account's number; resolves with the ids of all that it has, the newest first. */
async function receive(world: World, messages: Record<string, unknown>[]): Promise<string[]> {
  for (const [index, message] of messages.entries()) {
    const id = `wamid.contract-${world.phoneNumberId}-${index}`
    await postCallback(hermod, customerCallback(world.phoneNumberId, { ...message, id }))
  }
  const { body } = await until(
    () => world.ask('GET', '/messages?direction=inbound&limit=200'),
    (answer) => answer.body.data.length >= messages.length,
    'inbound messages',
  )
  return body.data.map(({ id }: { id: string }) => id)
}

/** Messages that between them say everything that can be said. */
const button = { type: 'reply', reply: { id: 'yes', title: 'Yes' } }
const outbound: Record<string, unknown>[] = [
  { message: 'See https://example.com', previewUrl: true },
  {
    template: {
      name: 'order_ready',
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'A' }] }],
    },
  },
  { media: { type: 'document', url: 'https://files.example.com/a', filename: 'a.pdf', caption: 'Look' } },
  { media: { type: 'audio', mediaId: '77', voice: true } },
  { interactive: { type: 'button', body: { text: 'Well?' }, action: { buttons: [button] } } },
  { reaction: { messageId: 'wamid.abc', emoji: '👍' } },
  { location: { latitude: 1, longitude: 2, name: 'HQ', address: '1 Main St' } },
  { contacts: [{ name: { formatted_name: 'Ana' } }] },
]
const inbound: Record<string, unknown>[] = [
  ...inboundSamples.map(({ payload }) => payload),
  { type: 'image', image: { id: '1003', mime_type: 'image/jpeg', caption: 'This one' } },
]

interface Case {
  /** Asks the operation, of an account of its own, until its answers show every field that is documented. */
  ask?(world: World): Promise<Answer[]>
  /** How an example of its body is sent, where its path or its headers have to fit. */
  sendExample?(world: World, example: unknown): Promise<Answer>
  /** Documented fields that these answers cannot show, each with the test that does. */
  shownElsewhere?: Record<string, string>
}

/** What a path with an id is about, by its first part: makes one and resolves with its id. */
const things: Record<string, (world: World) => Promise<string>> = {
  otp: newVerification,
  async keys({ ask }) {
    return (await ask('POST', '/keys', { body: { name: 'spare' } })).body.data.id
  },
  async batches({ ask }) {
    const body = { messages: [{ to, message: 'Hi' }] }
    return (await ask('POST', '/messages/bulk', { body })).body.data.batchId
  },
  async sessions(world) {
    const { id } = (await world.ask('POST', '/sessions', { body: newNumber() })).body.data
    return id
  },
  async templates(world) {
    await approveTemplate(world)
    return approved.name
  },
  async 'webhook-endpoints'({ ask }) {
    const headers = [{ name: 'X-Shop', value: 'one' }]
    const body = { url: `${hermod.receiver.url}/contract`, headers }
    const { id } = (await ask('POST', '/webhook-endpoints', { body })).body.data
    await ask('POST', `/webhook-endpoints/${id}/test`, { body: { type: 'message.delivered' } })
    await until(
      () => ask('GET', `/webhook-endpoints/${id}/deliveries`),
      ({ body: deliveries }) => deliveries.data[0]?.status === 'delivered',
      'a delivery',
    )
    return id
  },
  async 'webhook-deliveries'(world) {
    const id = await things['webhook-endpoints']?.(world)
    return (await world.ask('GET', `/webhook-endpoints/${id}/deliveries`)).body.data[0].id
  },
  async 'webhook-recoveries'(world) {
    const id = await things['webhook-endpoints']?.(world)
    return (await world.ask('POST', `/webhook-endpoints/${id}/recover`, { body: anHourAgo() })).body.data.id
  },
}
const anHourAgo = () => ({ since: new Date(Date.now() - 3_600_000).toISOString() })

let numbers = 0
/** What connects one more number of the account at the fake Graph. */
function newNumber() {
  numbers += 1
  const credentials = { accessToken: `EAAcontract${numbers}`, phoneNumberId: `66${process.pid}${numbers}` }
  hermod.graph.control.addPhone({ id: credentials.phoneNumberId, tokens: [credentials.accessToken] })
  return { provider: 'whatsapp-cloud', name: `number-${numbers}`, credentials }
}

/** Lets Meta refuse the account's token, which stops its sender. Resolves with the session's id. */
async function stopSender(world: World): Promise<string> {
  hermod.graph.control.expireToken(world.accessToken)
  await world.send()
  const { body } = await until(
    () => world.ask('GET', '/sessions'),
    (answer) => answer.body.data.some(({ state }: { state: string }) => state === 'stopped'),
    'a stopped sender',
  )
  return body.data.find(({ state }: { state: string }) => state === 'stopped').id
}

/** A sandbox that says everything that a sandbox can say. */
const sandbox = {
  provider: 'sandbox',
  name: 'told',
  settings: { latencyMs: 0, deliveredAfterMs: 1, readAfterMs: 2, scenario: 'always_unavailable' },
}
const device = { provider: 'linked-device', name: 'phone' }
/** Every kind of a session, one of them in trouble. */
async function bothSessions(world: World): Promise<string[]> {
  const { body } = await world.ask('POST', '/sessions', { body: sandbox })
  await reportHealth(hermod, world.phoneNumberId)
  return [body.data.id, await newDevice(world), await stopSender(world)]
}

/** A session that is a linked device, not paired yet. */
const newDevice = ({ key }: World): Promise<string> => devices.create(key, { name: 'device' })
/** One that shows a code. */
async function pairingDevice(world: World): Promise<string> {
  const id = await newDevice(world)
  await world.ask('POST', `/sessions/${id}/pair`, { body: { method: 'qr' } })
  return id
}
/** One that is connected. */
async function connectedDevice(world: World): Promise<string> {
  const id = await newDevice(world)
  numbers += 1
  await devices.pair(world.key, id, `2782123${1_000 + numbers}`)
  return id
}

/** The beginning of a stream, which has no end. */
async function openStream(world: World, id: string): Promise<Answer> {
  const leave = new AbortController()
  const response = await fetch(`${hermod.url}/sessions/${id}/stream`, {
    headers: { authorization: `Bearer ${world.key}` },
    signal: leave.signal,
  })
  const first = await response.body?.getReader().read()
  leave.abort()
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(first?.value ?? []).toString(),
  }
}

const waiting = Object.fromEntries(
  ['code', 'detail', 'until'].map((field) => [`data.waiting.${field}`, 'test/e2e/devices/sending.test.ts']),
)
const restrictionFacts = ['type', 'until', 'remediation']
/** What goes wrong with a sender only once it sends, and what Meta tells of it. */
const shownByTrouble = Object.fromEntries(
  [
    'stopped.code',
    'stopped.detail',
    ...Object.entries(sessionHealth.shape).flatMap(([aspect, facts]) => [
      `health.${aspect}`,
      ...Object.keys(facts.unwrap().shape).flatMap((fact) => [
        `health.${aspect}.${fact}`,
        ...(fact === 'types' ? restrictionFacts.map((one) => `health.${aspect}.${fact}.${one}`) : []),
      ]),
    ]),
    'lastError.code',
    'lastError.detail',
    'lastError.at',
  ].map((field) => [`data.${field}`, 'GET /sessions/{id}']),
)

const approved = {
  name: 'order_ready',
  language: 'en_US',
  components: [{ type: 'BODY', text: 'Order {{1}} is ready' }],
}
/** Gives the account a business of its own at Meta, with one template. */
async function approveTemplate({ ask, accessToken, phoneNumberId }: World): Promise<void> {
  const wabaId = `55${phoneNumberId}`
  hermod.graph.control.addPhone({ id: phoneNumberId, wabaId, tokens: [accessToken] })
  hermod.graph.control.setTemplates([{ ...approved, id: `77${phoneNumberId}` }], wabaId)
  const ids = { whatsappPhoneNumberId: phoneNumberId, whatsappBusinessAccountId: wabaId }
  await ask('PUT', '/auth/me/credentials', { body: { whatsappAccessToken: accessToken, ...ids } })
}

const jpeg = { 'content-type': 'image/jpeg' }
/** An upload as the document shows it: a text is the file itself, anything else the fields of a form. */
async function upload({ ask }: World, example: unknown, path = '/media'): Promise<Answer> {
  if (typeof example === 'string') return ask('POST', path, { raw: example, headers: jpeg })
  const { file, ...fields } = z.record(z.string(), z.string()).parse(example)
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file ?? '']), 'photo.jpg')
  const encoded = new Response(form)
  return ask('POST', path, {
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
    raw: Buffer.from(await encoded.arrayBuffer()),
  })
}

/** A path with the id of such a thing in it. */
async function filled(path: string, world: World): Promise<string> {
  if (!path.includes('{')) return path
  const id = await things[path.split('/')[1] ?? '']?.(world)
  return path.replace(/\{\w+\}/, id ?? '')
}

const messageFields = async (world: World): Promise<string[]> => {
  const sent = await Promise.all(
    outbound.map((fields) => world.message({ ...fields, dry_run: true }, 'sent')),
  )
  return [await world.message({ message: 'Hi' }), ...sent, ...(await receive(world, inbound))]
}

/** What only other kinds of senders have, or senders in trouble. */
const otherSenders = {
  ...shownByTrouble,
  ...Object.fromEntries(
    [
      'phoneNumberId',
      'businessAccountId',
      'callbackUrl',
      ...['latencyMs', 'deliveredAfterMs', 'readAfterMs', 'scenario'].map((field) => `settings.${field}`),
    ].map((field) => [`data.${field}`, 'GET /sessions/{id}']),
  ),
}

/** The operations that a request made of the document's example does not reach, or not in full. */
const cases: Record<string, Case> = {
  ...otpCases,
  'DELETE /auth/me/webhook': {
    async ask({ ask }) {
      await ask('PUT', '/auth/me/webhook', { body: { url: `${hermod.receiver.url}/hook` } })
      return [await ask('DELETE', '/auth/me/webhook')]
    },
  },
  'GET /keys': {
    async ask({ ask }) {
      await ask('POST', '/keys', {
        body: { name: 'all', scopes: ['read'], expiresAt: later(), allowedCidrs: ['127.0.0.0/8'] },
      })
      return [await ask('GET', '/keys')]
    },
  },
  'POST /sessions': {
    ask: async ({ ask }) =>
      Promise.all([newNumber(), sandbox, device].map((body) => ask('POST', '/sessions', { body }))),
    shownElsewhere: shownByTrouble,
  },
  'GET /sessions': {
    async ask(world) {
      await bothSessions(world)
      return [await world.ask('GET', '/sessions')]
    },
  },
  'GET /sessions/{id}': {
    ask: async (world) =>
      Promise.all((await bothSessions(world)).map((id) => world.ask('GET', `/sessions/${id}`))),
  },
  'PATCH /sessions/{id}': {
    ask: async (world) =>
      Promise.all(
        (await bothSessions(world)).map((id) =>
          world.ask('PATCH', `/sessions/${id}`, { body: { ratePerSecond: 20 } }),
        ),
      ),
  },
  'POST /sessions/{id}/pair': {
    async ask(world) {
      const path = `/sessions/${await newDevice(world)}/pair`
      return [
        await world.ask('POST', path, { body: { method: 'qr' } }),
        await world.ask('POST', path, { body: { method: 'code', phone: '27821234567' } }),
      ]
    },
    sendExample: async (world, body) =>
      world.ask('POST', `/sessions/${await devices.create(world.key, { name: `n${(numbers += 1)}` })}/pair`, {
        body,
      }),
  },
  'GET /sessions/{id}/qr': {
    ask: async (world) => [await world.ask('GET', `/sessions/${await pairingDevice(world)}/qr`)],
  },
  'GET /sessions/{id}/stream': { ask: async (world) => [await openStream(world, await newDevice(world))] },
  'POST /sessions/{id}/stream-token': {
    ask: async (world) => [await world.ask('POST', `/sessions/${await newDevice(world)}/stream-token`)],
  },
  ...Object.fromEntries(
    ['connect', 'disconnect', 'logout'].map((act): [string, Case] => [
      `POST /sessions/{id}/${act}`,
      {
        ask: async (world) => [await world.ask('POST', `/sessions/${await connectedDevice(world)}/${act}`)],
        shownElsewhere: otherSenders,
      },
    ]),
  ),
  'POST /send-message': {
    async ask(world) {
      await receive(world, [{ type: 'text', text: { body: 'Hello' } }])
      return [
        await world.ask('POST', '/send-message', { body: { to: customer, message: 'Hi' } }),
        await world.ask('POST', '/send-message', { body: { to, message: 'Outside of the window' } }),
        await world.ask('POST', '/send-message', { body: { to, message: 'Later', sendAt: later() } }),
      ]
    },
  },
  'POST /messages/bulk': {
    async ask(world) {
      await receive(world, [{ type: 'text', text: { body: 'Hello' } }])
      const messages = [{ to, message: 'Outside of the window' }, { to }]
      return [await world.ask('POST', '/messages/bulk', { body: { messages } })]
    },
  },
  'GET /messages/{id}': {
    async ask(world) {
      const ids = await messageFields(world)
      const failed = await world.message({ to: failing, message: 'Hi' }, 'failed')
      const late = await world.message({ message: 'Hi' })
      const { body } = await world.ask('GET', `/messages/${late}`)
      await refuseLate(hermod, world.phoneNumberId, body.data.externalId)
      return Promise.all([...ids, failed, late].map((id) => world.ask('GET', `/messages/${id}`)))
    },
    shownElsewhere: { ...waiting, 'data.timeline.reason': 'test/api/native/resources/messages.test.ts' },
  },
  'GET /messages': {
    async ask(world) {
      await messageFields(world)
      return Promise.all(
        ['limit=200', 'direction=inbound&limit=200', 'limit=1'].map((query) =>
          world.ask('GET', `/messages?${query}`),
        ),
      )
    },
    shownElsewhere: { ...waiting, 'pagination.totalCapped': 'test/api/message-list.test.ts' },
  },
  'POST /messages/{id}/retry': {
    async ask(world) {
      return [
        await world.ask(
          'POST',
          `/messages/${await world.message({ to: failing, message: 'Hi' }, 'failed')}/retry`,
        ),
      ]
    },
  },
  'POST /messages/{id}/read': {
    async ask(world) {
      const [id] = await receive(world, [{ type: 'text', text: { body: 'Hello' } }])
      return [await world.ask('POST', `/messages/${id}/read`)]
    },
    async sendExample(world, body) {
      const [id] = await receive(world, [{ type: 'text', text: { body: 'Hello' } }])
      return world.ask('POST', `/messages/${id}/read`, { body })
    },
  },
  'DELETE /messages/{id}': {
    async ask(world) {
      return [await world.ask('DELETE', `/messages/${await world.send({ sendAt: later() })}`)]
    },
  },
  'GET /templates': {
    async ask(world) {
      await approveTemplate(world)
      return [await world.ask('GET', '/templates')]
    },
  },
  'POST /media': { sendExample: upload },
  'POST /templates/media': {
    sendExample: (world, example) => upload(world, example, '/templates/media?session=sandbox'),
  },
  'PATCH /templates/{name}': {
    async sendExample(world, body) {
      await approveTemplate(world)
      return world.ask('PATCH', `/templates/${approved.name}`, { body })
    },
  },
  'GET /messages/{id}/media': {
    async ask(world) {
      const picture = hermod.graph.control.addMedia({ bytes: Buffer.from('A cat'), mimeType: 'image/jpeg' })
      const [id] = await receive(world, [{ type: 'image', image: { id: picture, mime_type: 'image/jpeg' } }])
      return [await world.ask('GET', `/messages/${id}/media`)]
    },
  },
  'GET /billing/credits': {
    async ask({ ask }) {
      const accountId = (await ask('GET', '/auth/me')).body.data.id
      await topUpCredits(hermod.service.ctx, { accountId, amount: 5, note: 'a gift', reference: null })
      return [await ask('GET', '/billing/credits')]
    },
  },
  'GET /billing/portal': {
    async ask(world) {
      await billing.subscribe(hermod, world.key)
      return [await world.ask('GET', '/billing/portal')]
    },
  },
  'POST /billing/webhook': {
    sendExample: (_world, example) => billing.deliver(hermod, JSON.stringify(example)),
  },
  'POST /sessions/{id}/inbound': {
    sendExample: ({ ask }, body) => ask('POST', '/sessions/sandbox/inbound', { body }),
  },
  'GET /contacts': {
    async ask(world) {
      await world.message({ message: 'Hi' })
      await receive(world, [{ type: 'text', text: { body: 'Hello' } }])
      return [await world.ask('GET', '/contacts')]
    },
  },
  'GET /contacts/{address}/window': {
    async ask(world) {
      await receive(world, [{ type: 'text', text: { body: 'Hello' } }])
      return [
        await world.ask('GET', `/contacts/${customer}/window`),
        await world.ask('GET', `/contacts/${to}/window`),
      ]
    },
  },
  'GET /webhook-endpoints': {
    async ask(world) {
      await things['webhook-endpoints']?.(world)
      return [await world.ask('GET', '/webhook-endpoints')]
    },
  },
  'POST /webhook-endpoints/{id}/recover': {
    // The time in the example grows old.
    sendExample: async (world) =>
      world.ask('POST', await filled('/webhook-endpoints/{id}/recover', world), { body: anHourAgo() }),
  },
  'GET /webhooks/whatsapp': { ask: async () => [await challenge('')] },
  'GET /webhooks/whatsapp/{sessionId}': {
    ask: async (world) => [await challenge(`/${await ownSession(world)}`)],
  },
  'POST /webhooks/whatsapp': {
    ask: async () => [await postCallback(hermod, emptyCallback)],
    sendExample: (_world, example) => postCallback(hermod, JSON.stringify(example)),
  },
  'POST /webhooks/whatsapp/{sessionId}': {
    ask: async (world) => [await postCallback(hermod, emptyCallback, { sessionId: await ownSession(world) })],
    sendExample: async (world, example) =>
      postCallback(hermod, JSON.stringify(example), { sessionId: await ownSession(world) }),
  },
}

const emptyCallback = JSON.stringify({ object: 'whatsapp_business_account', entry: [] })
const secrets = { whatsappAppSecret: testAppSecret, whatsappVerifyToken: testVerifyToken }

/** The id of a session that has an app of its own. */
async function ownSession({ ask, accessToken, phoneNumberId }: World): Promise<string> {
  const body = { whatsappAccessToken: accessToken, whatsappPhoneNumberId: phoneNumberId, ...secrets }
  return (await ask('PUT', '/auth/me/credentials', { body })).body.data.sessionId
}

function challenge(path: string): Promise<Answer> {
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': testVerifyToken,
    'hub.challenge': '1158201444',
  })
  return hermod.call('GET', `/webhooks/whatsapp${path}?${query.toString()}`)
}

/** One request for each example of a body in the document, or a bare one where there is none. */
async function askByExample(
  { name, method, path, requestExamples }: DocumentedOperation,
  world: World,
): Promise<Answer[]> {
  const asked = async (options?: CallOptions) => world.ask(method, await filled(path, world), options)
  const send = cases[name]?.sendExample ?? ((_world, body) => asked({ body }))
  const answers: Answer[] = []
  for (const example of requestExamples) answers.push(await send(world, madeReal(example)))
  return requestExamples.length > 0 ? answers : [await asked()]
}

function expectSuccess({ successes }: DocumentedOperation, { status, body }: Omit<Answer, 'headers'>): void {
  const answer = { status: `one of ${successes.join(', ')}`, body }
  expect({ ...answer, ...(!successes.includes(status) && { status }) }).toEqual(answer)
}

/** An example with hosts that can be reached from here. */
function madeReal(example: unknown): unknown {
  return JSON.parse(JSON.stringify(example).replaceAll(/https:\/\/app\.example\.com/g, hermod.receiver.url))
}

test('every operation has a case here, or needs none', () => {
  const without = operations.filter(
    ({ name, path }) =>
      cases[name] === undefined && path.includes('{') && things[path.split('/')[1] ?? ''] === undefined,
  )
  expect(
    without.map(({ name }) => name),
    'these operations need something to exist first: say what, in `things` or `cases` of openapi-contract.test.ts',
  ).toEqual([])
  const known = new Set(operations.map(({ name }) => name))
  expect(
    Object.keys(cases).filter((name) => !known.has(name)),
    'these cases are of operations that the document does not have (any more)',
  ).toEqual([])
})

describe('what is answered is documented, and what is documented is answered:', () => {
  test.each(operations)('$name', async (operation) => {
    const known = cases[operation.name]
    const world = await newWorld()
    const answers = await (known?.ask?.(world) ?? askByExample(operation, world))
    expect(answers.length).toBeGreaterThan(0)
    for (const { status, headers, body } of answers) {
      expectSuccess(operation, { status, body })
      const { schema = {}, mediaType } = operation.answers.get(status) ?? {}
      expect(validator(schema, body)).toBeNull()
      if (mediaType !== '*/*') expect(headers.get('content-type')?.split(';')[0]).toBe(mediaType)
    }
    const documented = operation.successes.flatMap((status) =>
      fieldsOf(operation.answers.get(status)?.schema ?? {}),
    )
    const shown = new Set(answers.flatMap(({ body }) => fieldsIn(body)))
    const unseen = documented.filter((field) => !shown.has(field))
    expect(
      unseen,
      'documented fields that no answer had: make the case show them, or list who does in `shownElsewhere`',
    ).toEqual(Object.keys(known?.shownElsewhere ?? {}))
  })
})

describe('the examples of the document are good:', () => {
  const withBody = operations.filter(({ requestExamples }) => requestExamples.length > 0)

  test.each(withBody)('requests of $name', async (operation) => {
    const world = await newWorld()
    for (const answer of await askByExample(operation, world)) {
      expectSuccess(operation, answer)
    }
  })

  test.each(operations)('answers of $name', (operation) => {
    for (const [status, { schema, examples }] of operation.answers) {
      for (const example of examples) {
        expect({ status, problem: validator(schema, example) }).toEqual({ status, problem: null })
      }
    }
  })
})
