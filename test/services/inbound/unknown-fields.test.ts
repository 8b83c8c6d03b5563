import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { postCallback } from '../../support/callbacks.ts'
import { openInbox, type Inbox } from '../../support/inbox.ts'
import { startTestService, type TestService } from '../../support/service.ts'
import { inboundSamples } from '../../wire/meta/samples/inbound.ts'
import { defaultContacts, type Json } from '../../wire/meta/samples/sample.ts'

let hermod: TestService
let inbox: Inbox
beforeAll(async () => {
  hermod = await startTestService()
  inbox = await openInbox(hermod)
})
afterAll(() => hermod.stop())

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every object in a value, itself included. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  return [...(isObject(value) ? [value] : []), ...inner.flatMap(objectsIn)]
}

/** All texts and numbers in a value, each with the name under which it stands. */
function leavesIn(value: unknown, name = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => leavesIn(inner, name))
  if (isObject(value)) return Object.entries(value).flatMap(([key, inner]) => leavesIn(inner, key))
  return [`${name}=${String(value)}`]
}

/** Names that Meta does not use, and some that programs stumble over. */
const strangeName = fc.oneof(
  fc.constantFrom('constructor', 'toString', 'type2', 'raw', 'content', 'said', 'from_group', ''),
  fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__proto__'),
)
const strangeValue = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__proto__'),
    fc.string({ maxLength: 8 }),
    { maxKeys: 3 },
  ),
)
const addition = fc.record({ place: fc.nat(1_000), name: strangeName, value: strangeValue })
const mutation = fc.record({
  sample: fc.constantFrom(...inboundSamples),
  /** A type of tomorrow in place of the sample's own; the part goes with it. */
  type: fc.option(fc.stringMatching(/^[a-z_]{3,20}$/)),
  additions: fc.array(addition, { minLength: 1, maxLength: 6 }),
})

let sent = 0

/** The value of a change with the sample and what was added to it, at whatever level. */
function valueOf({ sample, type, additions }: typeof mutation extends fc.Arbitrary<infer M> ? M : never) {
  sent += 1
  const id = `wamid.fuzz-${sent}`
  const { contacts = defaultContacts, beside = {} } = sample
  const own = String(sample.payload['type'])
  const renamed: Json =
    type === null ? {} : { type, ...(own in sample.payload && { [type]: sample.payload[own] }) }
  const value = structuredClone({
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: inbox.phoneNumberId },
    ...(contacts.length > 0 && { contacts }),
    ...beside,
    messages: [{ ...sample.payload, ...renamed, id }],
  })
  for (const { place, name, value: strange } of additions) {
    const objects = objectsIn(value)
    const target = objects[place % objects.length]
    if (target !== undefined && !Object.hasOwn(target, name)) target[name] = strange
  }
  return { id, value }
}

test('whatever Meta adds to an inbound message, at whatever level, is told and read', async () => {
  await fc.assert(
    fc.asyncProperty(mutation, async (mutated) => {
      const { id, value } = valueOf(mutated)
      // NUL and halves of surrogate pairs cannot be stored; they are replaced one by one.
      const leaves = leavesIn(value).map((leaf) => leaf.replaceAll('\0', '\uFFFD').toWellFormed())
      expect((await postCallback(hermod, inbox.callback(value))).status).toBe(200)
      const { read, told } = await inbox.message(id)
      for (const shown of [read, told]) {
        expect(shown['rawTruncated']).toBe(false)
        const seen = new Set(leavesIn(shown['raw']))
        expect(leaves.filter((leaf) => !seen.has(leaf))).toEqual([])
      }
      expect(told['content']).toEqual(read['content'])
    }),
    { numRuns: 120 },
  )
}, 60_000)

test('what is too long for an event is cut there and whole where it is read, and the event says so', async () => {
  const product_items = Array.from({ length: 400 }, (_, index) => ({
    product_retailer_id: `sku-${index}-${'x'.repeat(100)}`,
    quantity: 1,
  }))
  const order = { catalog_id: '194836987003835', text: 'All of it', product_items }
  const message = { from: '15550142233', id: 'wamid.long', timestamp: '1763720400', type: 'order', order }
  await inbox.receive(message)
  const { read, told } = await inbox.message('wamid.long')
  expect(read).toMatchObject({ content: { order }, contentTruncated: false })
  expect(told).toMatchObject({
    type: 'order',
    body: 'All of it',
    content: { order: { catalog_id: '194836987003835', text: 'All of it' } },
    contentTruncated: true,
    rawTruncated: true,
    messageId: read['id'],
  })
  const kept = Object(told['content']).order.product_items
  expect(kept.length).toBeGreaterThan(50)
  expect(product_items.slice(0, kept.length)).toEqual(kept)
})

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`

test('a part nested 20,000 deep is told as far as a part of anybody’s goes', async () => {
  const metadata = { phone_number_id: inbox.phoneNumberId }
  const message = {
    from: '15550142233',
    id: 'wamid.deep',
    timestamp: '1763720400',
    type: 'riddle',
    riddle: 'DEEP',
  }
  const body = inbox.callback({ metadata, messages: [message] }).replace('"DEEP"', deep)
  expect((await postCallback(hermod, body)).status).toBe(200)
  const { read, told } = await inbox.message('wamid.deep')
  expect(told).toMatchObject({ type: 'riddle', content: { other: {} }, rawTruncated: true })
  expect(read).toMatchObject({ type: 'riddle', content: { other: {} }, rawTruncated: true })
})

test.each([
  ['a text of half a megabyte', { type: 'text', text: { body: '\u{1f600}'.repeat(125_000) } }],
  ['a form whose answers are nested 20,000 deep', form(deep)],
  ['a form with answers that cannot be stored', form(String.raw`{"a":"\u0000","b":"\ud800"}`)],
  ['a type of 10,000 letters', { type: 'x'.repeat(10_000) }],
  ['an error of 100,000 letters', { type: 'unsupported', errors: [{ code: 1, title: 'x'.repeat(100_000) }] }],
  ['an ad of 100,000 letters', { type: 'text', text: { body: 'Hi' }, referral: { body: 'x'.repeat(1e5) } }],
  ['10,000 cards', { type: 'contacts', contacts: Array.from({ length: 10_000 }, (_, name) => ({ name })) }],
  ['a reply to an endless id', { type: 'text', text: { body: 'Hi' }, context: { id: 'x'.repeat(100_000) } }],
])('%s is told in at most 64 kB', async (_what, part) => {
  const id = `wamid.huge-${(sent += 1)}`
  await inbox.receive({ from: '15550142233', id, timestamp: '1763720400', ...part })
  const { read, told } = await inbox.message(id)
  expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(64_000)
  expect(read).toMatchObject({ externalId: id, direction: 'inbound' })
})

function form(response_json: string) {
  return {
    type: 'interactive',
    interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', response_json } },
  }
}
