import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../../../wire/meta/samples/sample.ts'
import { sendSamples } from '../../../wire/meta/samples/sends.ts'
import { expectInvalid } from '../../../support/refusal.ts'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'

/**
 * Interactive messages and templates are open: what Hermod does not know of them is kept and handed on, within
 * bounds.
 */

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  key = await hermod.register()
})
afterAll(() => hermod.stop())

const openSends = sendSamples.flatMap(({ name, body }) => {
  const { type } = body
  return type === 'interactive' || type === 'template' ? [{ name, type, part: body[type] }] : []
})

function send(fields: Json): Promise<Answer> {
  return hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', session: 'sandbox', ...fields },
  })
}

/** The content of a message as it was kept, which is what goes to the provider. */
async function kept(fields: Json): Promise<Record<string, unknown>> {
  const answer = await send(fields)
  expect(answer.body).toMatchObject({ success: true })
  const { body } = await hermod.call('GET', `/messages/${answer.body.data.id}`, { key })
  return body.data.content
}

test.each(openSends)('unknown fields at every level are kept: $name', async ({ type, part }) => {
  const strange = withStrangers(part)
  expect(inOneCase(await kept({ [type]: strange }))).toEqual(inOneCase({ [type]: strange }))
})

test.each(openSends)('types in capitals are taken as their kinds: $name', async ({ type, part }) => {
  const loud = mapTypes(part, (word) => word.toUpperCase())
  // Kinds that are known are stored under the names that Meta documents; others as they came.
  const wanted = JSON.stringify(part).includes('hologram') ? loud : inOneCase(part)
  expect(await kept({ [type]: loud })).toEqual({ [type]: withCode(wanted) })
})

test('so is the type of a file', async () => {
  const media = { type: 'Image', mediaId: '77' }
  expect(await kept({ media })).toEqual({ media: { ...media, type: 'image' } })
})

const deep = (levels: number): unknown => (levels === 0 ? 'end' : { inner: deep(levels - 1) })
const strangeKind = (more: Json) => ({ interactive: { type: 'hologram', ...more } })
const strangeTemplate = (more: Json) => ({ template: { name: 'order_ready', language: 'en_US', ...more } })

describe('what is handed on has bounds', () => {
  test.each<[what: string, fields: Json, path: string, says: RegExp]>([
    ['a huge kind', strangeKind({ x: 'x'.repeat(65_536) }), 'body.interactive', /at most 65536 bytes/],
    ['a huge kind in bytes', strangeKind({ x: '😀'.repeat(20_000) }), 'body.interactive', /at most 65536/],
    ['a huge template', strangeTemplate({ x: 'x'.repeat(131_072) }), 'body.template', /at most 131072 bytes/],
    ['a deep kind', strangeKind({ x: deep(16) }), 'body.interactive', /deeper than 16 levels/],
    ['a deep template', strangeTemplate({ x: deep(16) }), 'body.template', /deeper than 16 levels/],
    ['a kind without a name', { interactive: { body: { text: 'Hi' } } }, 'body.interactive.type', /required/],
    ['a kind with an endless name', { interactive: { type: 'x'.repeat(65) } }, 'body.interactive.type', /64/],
  ])('%s is refused', async (_what, fields, path, says) => {
    const answer = await send(fields)
    expectInvalid(answer, path)
    expect(answer.body.details[0].message).toMatch(says)
  })

  test.each<[what: string, fields: Json]>([
    ['a large kind', strangeKind({ x: 'x'.repeat(65_000) })],
    ['a large template', strangeTemplate({ name: 'of_our_own', x: 'x'.repeat(131_000) })],
    ['a deep kind', strangeKind({ x: deep(14) })],
  ])('%s is taken', async (_what, fields) => {
    expect((await send(fields)).status).toBe(202)
  })
})

/** What Meta refuses of known kinds is refused here, where an app can mend it before it is sent. */
describe('a known kind with something wrong is refused, and the field named', () => {
  const cta = (parameters: Json) => ({
    interactive: { type: 'cta_url', body: { text: 'See' }, action: { name: 'cta_url', parameters } },
  })
  const flow = (parameters: Json) => ({
    interactive: { type: 'flow', body: { text: 'Book' }, action: { name: 'flow', parameters } },
  })
  const book = { flow_message_version: '3', flow_cta: 'Book' }
  const component = (part: Json) => strangeTemplate({ components: [part] })
  const list = (more: Json) => ({
    interactive: {
      type: 'list',
      body: { text: 'Which?' },
      action: { button: 'Choose', sections: [{ rows: [{ id: '1', title: 'One' }] }] },
      ...more,
    },
  })
  const rows = [{ id: '1', title: 'One' }]

  test.each<[what: string, fields: Json, path: string]>([
    ['a link that is none', cta({ display_text: 'Go', url: 'fern' }), 'interactive.action.parameters.url'],
    ['a link without words', cta({ url: 'https://x.example' }), 'interactive.action.parameters.display_text'],
    ['a flow without its name', flow(book), 'interactive.action.parameters'],
    ['a flow with two', flow({ ...book, flow_id: '1', flow_name: 'b' }), 'interactive.action.parameters'],
    [
      'an action of another kind',
      { interactive: { type: 'location_request_message', body: { text: '?' }, action: { name: 'flow' } } },
      'interactive.action.name',
    ],
    ['a picture above a list', list({ header: { type: 'image', image: { id: '1' } } }), 'interactive.header'],
    [
      'sections without titles',
      list({ action: { button: 'Choose', sections: [{ title: 'A', rows }, { rows }] } }),
      'interactive.action.sections.1.title',
    ],
    ['a file without a source', list({ header: { type: 'image', image: {} } }), 'interactive.header.image'],
    [
      'a language in words',
      { template: { name: 'a', language: { code: 'english' } } },
      'template.language.code',
    ],
    [
      'a coupon with blanks',
      component({
        type: 'button',
        sub_type: 'COPY_CODE',
        index: 0,
        parameters: [{ type: 'coupon_code', coupon_code: '25 OFF' }],
      }),
      'template.components.0.parameters.0.coupon_code',
    ],
    [
      'a button without its place',
      component({ type: 'button', sub_type: 'url', parameters: [{ type: 'text', text: 'a' }] }),
      'template.components.0.index',
    ],
    [
      'a button with two values',
      component({
        type: 'button',
        sub_type: 'URL',
        index: '0',
        parameters: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      }),
      'template.components.0.parameters',
    ],
    [
      'an empty value on a card',
      component({
        type: 'CAROUSEL',
        cards: [{ card_index: 0, components: [{ type: 'BODY', parameters: [{ type: 'TEXT', text: '' }] }] }],
      }),
      'template.components.0.cards.0.components.0.parameters.0.text',
    ],
  ])('%s', async (_what, fields, path) => {
    expectInvalid(await send(fields), `body.${path}`)
  })

  test('three line breaks on a card', async () => {
    const card = { card_index: 0, body: { text: 'a\nb\nc\nd' } }
    const interactive = { type: 'carousel', body: { text: 'See' }, action: { cards: [card, card] } }
    const paths = [0, 1].map((index) => `body.interactive.action.cards.${index}.body.text`)
    expectInvalid(await send({ interactive }), ...paths)
  })
})

/** The same with a field at every level that nobody knows. */
function withStrangers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStrangers)
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.entries(value).map(([name, part]) => [name, withStrangers(part)])
  return { ...Object.fromEntries(inner), strange_field: { with: ['more', { in: 'it' }] } }
}

const typeWords = new Set(['type', 'sub_type'])
/** Parts that are the app's own words: what is called a type there is none of ours. */
const ownWords = new Set(['payment_settings', 'order_details', 'parameters'])

/** The same with the names of kinds changed. */
function mapTypes(value: unknown, change: (word: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapTypes(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      if (typeWords.has(name) && typeof part === 'string') return [name, change(part)]
      const isOwn = ownWords.has(name) && !Array.isArray(part)
      return [name, isOwn ? part : mapTypes(part, change)]
    }),
  )
}

/** A language of which nothing but its code is said is its code. */
function withCode(part: unknown): unknown {
  const { language, ...rest } = Object(part)
  const isCode = language !== undefined && Object.keys(language).join() === 'code'
  return { ...rest, ...(language !== undefined && { language: isCode ? language.code : language }) }
}

/** The same with all kinds in lower case: Meta documents some in capitals. */
const inOneCase = (value: unknown) => mapTypes(value, (word) => word.toLowerCase())
