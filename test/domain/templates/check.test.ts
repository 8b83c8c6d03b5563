import { describe, expect, test } from 'vitest'
import type { TemplateContent } from '../../../src/domain/messages/content.ts'
import { templateContent } from '../../../src/domain/messages/template-content.ts'
import { checkTemplate, statusAfterEvent } from '../../../src/domain/templates/check.ts'
import type { DefinedComponent, Template } from '../../../src/domain/templates/definition.ts'

const text = (value = 'Ana', name?: string) => ({
  type: 'text',
  text: value,
  ...(name !== undefined && { parameter_name: name }),
})
const image = { type: 'image', image: { id: '1' } }
const header = (...parameters: unknown[]) => ({ type: 'header', parameters })
const body = (...parameters: unknown[]) => ({ type: 'body', parameters })
const button = (index: number, sub_type: string, ...parameters: unknown[]) => ({
  type: 'button',
  sub_type,
  index,
  parameters,
})
const coupon = { type: 'coupon_code', coupon_code: 'SUMMER' }
const payload = { type: 'payload', payload: 'YES' }

/** How templates are made, by what they show. */
const made: Record<string, DefinedComponent[]> = {
  plain: [
    { type: 'BODY', text: 'Hello' },
    { type: 'FOOTER', text: 'Bye' },
  ],
  positional: [{ type: 'BODY', text: 'Hi {{1}}, order {{2}}, {{1}}!' }],
  named: [{ type: 'BODY', text: 'Hi {{first_name}}, order {{order_id}}' }],
  textHeader: [
    { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' },
    { type: 'BODY', text: 'Hi' },
  ],
  imageHeader: [
    { type: 'HEADER', format: 'IMAGE' },
    { type: 'BODY', text: 'Hi' },
  ],
  documentHeader: [
    { type: 'HEADER', format: 'DOCUMENT' },
    { type: 'BODY', text: 'Hi' },
  ],
  strangeHeader: [
    { type: 'HEADER', format: 'HOLOGRAM' },
    { type: 'BODY', text: 'Hi' },
  ],
  buttons: [
    { type: 'BODY', text: 'Hi' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Yes' },
        { type: 'URL', text: 'Track', url: 'https://example.com/{{1}}' },
        { type: 'URL', text: 'Shop', url: 'https://example.com/' },
        { type: 'COPY_CODE', text: 'Copy' },
        { type: 'TELEPORT', text: 'Go' },
      ],
    },
  ],
  otp: [
    { type: 'BODY', text: '*{{1}}* is your verification code.' },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', text: 'Copy code' }] },
  ],
  offer: [
    { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'Sale', has_expiration: true } },
    { type: 'BODY', text: 'Hi' },
  ],
  carousel: [
    { type: 'BODY', text: 'Hi {{1}}' },
    {
      type: 'CAROUSEL',
      cards: [
        {
          components: [
            { type: 'HEADER', format: 'IMAGE' },
            { type: 'BODY', text: 'Only {{1}}' },
          ],
        },
        {
          components: [
            { type: 'HEADER', format: 'IMAGE' },
            { type: 'BODY', text: 'New' },
          ],
        },
      ],
    },
  ],
}
const card = (card_index: number, ...components: unknown[]) => ({ card_index, components })
const carousel = (...cards: unknown[]) => ({ type: 'carousel', cards })

function template(fields: Partial<Template> = {}): Template {
  return {
    name: 'order_ready',
    language: 'en_US',
    externalId: '1',
    status: 'APPROVED',
    reason: null,
    category: 'UTILITY',
    components: made['plain'] ?? [],
    ...fields,
  }
}

function sent(components: unknown[] | undefined, fields: Partial<TemplateContent> = {}): TemplateContent {
  return templateContent.parse({
    type: 'template',
    name: 'order_ready',
    language: 'en_US',
    ...(components && { components }),
    ...fields,
  })
}

/** The problems of a send of one known template. */
function problems(
  known: Template,
  content: TemplateContent,
  changed = false,
): { path: string; message: string }[] {
  const languages = new Map([[known.language, { template: known, changed }]])
  return checkTemplate({ complete: true, languages }, content)
}

describe('what fits is not refused:', () => {
  test.each<[kind: string, components: unknown[] | undefined]>([
    ['plain', undefined],
    ['plain', [body()]],
    ['positional', [body(text(), text('7'))]],
    ['positional', [body(text(), { type: 'date_time', date_time: { fallback_value: 'May' } })]],
    ['named', [body(text('7', 'order_id'), text('Ana', 'first_name'))]],
    ['textHeader', [header(text('7')), body()]],
    ['imageHeader', [header(image)]],
    ['strangeHeader', []],
    ['strangeHeader', [header(image)]],
    ['buttons', [button(1, 'url', text('7')), button(3, 'copy_code', coupon)]],
    [
      'buttons',
      [
        button(0, 'quick_reply', payload),
        button(1, 'url', text('7')),
        button(3, 'copy_code', coupon),
        button(4, 'flow', payload),
      ],
    ],
    ['otp', [body(text('123456')), button(0, 'url', text('123456'))]],
    [
      'offer',
      [
        {
          type: 'limited_time_offer',
          parameters: [{ type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: 1 } }],
        },
      ],
    ],
    ['carousel', [body(text()), carousel(card(0, header(image), body(text('5'))), card(1, header(image)))]],
  ])('%s %j', (kind, components) => {
    expect(problems(template({ components: made[kind] ?? [] }), sent(components))).toEqual([])
  })
})

describe('what does not fit is told, with what is missing:', () => {
  test.each<[kind: string, components: unknown[] | undefined, ...messages: string[]]>([
    ['plain', [body(text())], 'takes no body parameters; 1 was given'],
    ['positional', undefined, 'takes 2 body parameters: {{1}}, {{2}}; 0 were given'],
    ['positional', [body(text())], 'takes 2 body parameters: {{1}}, {{2}}; 1 was given'],
    ['positional', [body(text(), text(), text())], 'takes 2 body parameters: {{1}}, {{2}}; 3 were given'],
    [
      'positional',
      [body(text(), image)],
      'takes text, currency or date_time as body parameters; image was given',
    ],
    [
      'named',
      [body(text('Ana', 'first_name'), text('7'))],
      'takes its body parameters by name: {{order_id}} is missing (put the name into parameter_name)',
    ],
    ['textHeader', [body()], 'takes 1 header parameter: {{1}}; 0 were given'],
    ['plain', [header(text())], 'takes no header parameters; 1 was given'],
    ['imageHeader', undefined, 'takes an image as its header parameter; none was given'],
    ['documentHeader', [header(image)], 'takes a document as its header parameter; an image was given'],
    [
      'buttons',
      [],
      'needs a component of type button, sub_type url, index 1, with one parameter of type text',
      'needs a component of type button, sub_type copy_code, index 3, with one parameter of type coupon_code',
    ],
    [
      'buttons',
      [button(1, 'url', text()), button(2, 'url', text()), button(3, 'copy_code', coupon)],
      'takes no parameter for its button 2',
    ],
    [
      'buttons',
      [button(1, 'quick_reply', payload), button(3, 'copy_code', text())],
      'has a url button at index 1; sub_type quick_reply was given',
      'takes one parameter of type coupon_code for its button 3; a text was given',
    ],
    ['plain', [button(0, 'url', text())], 'has no button 0; it has 0'],
    [
      'otp',
      [body(text('123456'))],
      'needs a component of type button, sub_type url, index 0, with one parameter of type text',
    ],
    ['offer', [], 'needs a component of type limited_time_offer'],
    ['carousel', [body(text())], 'needs a component of type carousel'],
    ['plain', [carousel(card(0, body(text())))], 'has no carousel'],
    [
      'carousel',
      [body(text()), carousel(card(0, header(image)), card(2, header(image)))],
      'takes 1 body parameter: {{1}} on card 0; 0 were given',
      'has no card 2; it has 2',
    ],
  ])('%s %j', (kind, components, ...messages) => {
    expect(problems(template({ components: made[kind] ?? [] }), sent(components))).toEqual(
      messages.map((message) => ({
        path: 'template.components',
        message: `the template order_ready ${message}`,
      })),
    )
  })
})

/** Meta may have come to take it, and a list does not tell. */
describe('what we do not know of a send is no fault:', () => {
  const strange = { type: 'hologram', hologram: { layers: 2 } }
  test.each<[kind: string, components: unknown[]]>([
    ['plain', [{ type: 'hologram', parameters: [strange] }]],
    ['positional', [body(text(), strange)]],
    ['otp', [body(text('123456')), button(0, 'hologram', strange)]],
    ['otp', [body(text('123456')), button(0, 'url', strange)]],
    ['plain', [{ type: 'button', sub_type: 'voice_call', parameters: [{ type: 'payload', payload: 'a' }] }]],
    ['offer', [{ type: 'LIMITED_TIME_OFFER', parameters: [strange] }]],
  ])('%s %j', (kind, components) => {
    expect(problems(template({ components: made[kind] ?? [] }), sent(components))).toEqual([])
  })
})

test('a one-time-code template whose text Meta keeps to itself takes any body', () => {
  const known = template({ category: 'AUTHENTICATION', components: [{ type: 'BODY' }] })
  expect(problems(known, sent([body(text())]))).toEqual([])
})

describe('the status of a template', () => {
  test.each(['PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'PENDING_DELETION', 'DELETED'])(
    '%s forbids to send it',
    (status) => {
      const [problem] = problems(template({ status, reason: 'LOW_QUALITY' }), sent(undefined))
      expect(problem).toMatchObject({ path: 'template.name' })
      expect(problem?.message).toMatch(
        /^the template order_ready \(en_US\) cannot be sent: it .*\(LOW_QUALITY\)$/,
      )
    },
  )

  test('in a word that we do not know forbids nothing', () => {
    expect(problems(template({ status: 'SPARKLING' }), sent(undefined))).toEqual([])
  })

  test.each([
    ['APPROVED', 'APPROVED'],
    ['REINSTATED', 'APPROVED'],
    ['PAUSED', 'PAUSED'],
    ['FLAGGED', null],
    ['constructor', null],
  ])('after the event %s is %s', (event, status) => {
    expect(statusAfterEvent(event)).toBe(status)
  })
})

describe('what is not known for certain refuses nothing:', () => {
  const wrong = sent([body(text())])

  test('a name or language that may have come since', () => {
    expect(checkTemplate({ complete: false, languages: new Map() }, wrong)).toEqual([])
    expect(checkTemplate({ complete: true, languages: new Map() }, wrong)).toMatchObject([
      { path: 'template.name' },
    ])
  })

  test('the components of a template that changed since', () => {
    expect(problems(template(), wrong, true)).toEqual([])
    expect(problems(template(), wrong)).toHaveLength(1)
  })
})

test('a wrong language is told with those that there are', () => {
  expect(problems(template(), sent(undefined, { language: 'de' }))).toEqual([
    {
      path: 'template.language',
      message: 'the template order_ready does not exist in "de"; it exists in en_US',
    },
  ])
})
