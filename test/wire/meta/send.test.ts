import { expect, test } from 'vitest'
import { messageContent } from '../../../src/domain/messages/content.ts'
import { sendRequest, sendResponse } from '../../../src/wire/meta/send.ts'
import { groupId, userId } from './samples/sample.ts'
import { sendAnswers } from './samples/statuses-special.ts'

const phone = { kind: 'msisdn', value: '16505551234' } as const
const wire = (request: unknown): unknown => JSON.parse(JSON.stringify(request))

function written(content: unknown, replyTo: string | null = null): unknown {
  return wire(sendRequest({ id: 'our-id', to: phone, content: messageContent.parse(content), replyTo }))
}

const frame = {
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: '16505551234',
  biz_opaque_callback_data: 'our-id',
}

const template = (components?: unknown[]) => ({
  type: 'template',
  name: 'order_ready',
  language: 'en_US',
  ...(components ? { components } : {}),
})
const templateOnWire = (components?: unknown[]) => ({
  type: 'template',
  template: { name: 'order_ready', language: { code: 'en_US' }, ...(components ? { components } : {}) },
})
const card = (index: unknown) => ({
  type: 'carousel',
  cards: [
    {
      card_index: 0,
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { id: '24230790383178626' } }] },
        { type: 'body', parameters: [{ type: 'text', text: '10OFF' }] },
        { type: 'button', sub_type: 'quick_reply', index, parameters: [{ type: 'payload', payload: 'p' }] },
      ],
    },
  ],
})
const otpParameter = [{ type: 'text', text: '123456' }]
const buttons = {
  type: 'button',
  body: { text: '?' },
  action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
}
const list = {
  type: 'list',
  header: { type: 'text', text: 'H' },
  body: { text: 'B' },
  footer: { text: 'F' },
  action: { button: 'Open', sections: [{ title: 'S', rows: [{ id: 'r1', title: 'R', description: 'd' }] }] },
}
const contacts = [
  {
    name: { formatted_name: 'Barbara J. Johnson', first_name: 'Barbara' },
    phones: [{ phone: '+16505559999', type: 'HOME', wa_id: '19175559999' }],
    org: { company: 'Social Tsunami' },
  },
]
const parameters = [
  { type: 'text', text: 'Ana', parameter_name: 'first_name' },
  { type: 'currency', currency: { fallback_value: '$10.99', code: 'USD', amount_1000: 10990 } },
  { type: 'date_time', date_time: { fallback_value: 'January 1, 2030' } },
]

test.each<[name: string, content: unknown, body: unknown]>([
  ['a text', { type: 'text', body: 'Hi' }, { type: 'text', text: { body: 'Hi' } }],
  [
    'a text with a preview',
    { type: 'text', body: 'https://x.y', previewUrl: true },
    { type: 'text', text: { body: 'https://x.y', preview_url: true } },
  ],
  [
    'a text without a preview',
    { type: 'text', body: 'Hi', previewUrl: false },
    { type: 'text', text: { body: 'Hi', preview_url: false } },
  ],
  ['a template without components', template(), templateOnWire()],
  [
    'a template with header, body and buttons',
    template([
      { type: 'header', parameters: [{ type: 'image', image: { link: 'https://x.y/a.png' } }] },
      { type: 'body', parameters },
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: 0,
        parameters: [{ type: 'payload', payload: 'YES' }],
      },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'a' }] },
      { type: 'button', sub_type: 'voice_call', index: 2 },
    ]),
    templateOnWire([
      { type: 'header', parameters: [{ type: 'image', image: { link: 'https://x.y/a.png' } }] },
      { type: 'body', parameters },
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: '0',
        parameters: [{ type: 'payload', payload: 'YES' }],
      },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'a' }] },
      { type: 'button', sub_type: 'voice_call', index: '2' },
    ]),
  ],
  [
    'a template with more than we know',
    {
      ...template([{ type: 'hologram', parameters: [] }]),
      languageOptions: { policy: 'deterministic' },
      extra: { type: 'holographic', namespace: 'fern' },
    },
    {
      type: 'template',
      template: {
        type: 'holographic',
        namespace: 'fern',
        name: 'order_ready',
        language: { policy: 'deterministic', code: 'en_US' },
        components: [{ type: 'hologram', parameters: [] }],
      },
    },
  ],
  [
    'a one-time password: the code goes twice, the button is a url',
    template([
      { type: 'body', parameters: otpParameter },
      { type: 'button', sub_type: 'url', index: 0, parameters: otpParameter },
    ]),
    templateOnWire([
      { type: 'body', parameters: otpParameter },
      { type: 'button', sub_type: 'url', index: '0', parameters: otpParameter },
    ]),
  ],
  ['a carousel', template([card(0)]), templateOnWire([card('0')])],
  [
    'a limited-time offer with a coupon',
    template([
      {
        type: 'limited_time_offer',
        parameters: [
          { type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: 1893456000000 } },
        ],
      },
      {
        type: 'button',
        sub_type: 'copy_code',
        index: 0,
        parameters: [{ type: 'coupon_code', coupon_code: 'CARIBE25' }],
      },
    ]),
    templateOnWire([
      {
        type: 'limited_time_offer',
        parameters: [
          { type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: 1893456000000 } },
        ],
      },
      {
        type: 'button',
        sub_type: 'copy_code',
        index: '0',
        parameters: [{ type: 'coupon_code', coupon_code: 'CARIBE25' }],
      },
    ]),
  ],
  [
    'an image by id',
    { type: 'media', kind: 'image', mediaId: '1037', caption: 'c' },
    { type: 'image', image: { id: '1037', caption: 'c' } },
  ],
  [
    'an image by link',
    { type: 'media', kind: 'image', url: 'https://x.y/a.png' },
    { type: 'image', image: { link: 'https://x.y/a.png' } },
  ],
  [
    'media with both: the id alone',
    { type: 'media', kind: 'video', mediaId: '1', url: 'https://x.y/a.mp4' },
    { type: 'video', video: { id: '1' } },
  ],
  [
    'a document',
    { type: 'media', kind: 'document', url: 'https://x.y/a', filename: 'a.pdf', caption: 'c' },
    { type: 'document', document: { link: 'https://x.y/a', filename: 'a.pdf', caption: 'c' } },
  ],
  ['an audio', { type: 'media', kind: 'audio', mediaId: '1' }, { type: 'audio', audio: { id: '1' } }],
  [
    'a voice note',
    { type: 'media', kind: 'audio', mediaId: '1', voice: true },
    { type: 'audio', audio: { id: '1', voice: true } },
  ],
  ['a sticker', { type: 'media', kind: 'sticker', mediaId: '1' }, { type: 'sticker', sticker: { id: '1' } }],
  [
    'a reaction',
    { type: 'reaction', messageId: 'wamid.1', emoji: '👍' },
    { type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '👍' } },
  ],
  [
    'a reaction taken back',
    { type: 'reaction', messageId: 'wamid.1', emoji: '' },
    { type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '' } },
  ],
  [
    'reply buttons',
    { type: 'interactive', interactive: buttons },
    { type: 'interactive', interactive: buttons },
  ],
  ['a list', { type: 'interactive', interactive: list }, { type: 'interactive', interactive: list }],
  [
    'a place',
    { type: 'location', latitude: 37.44, longitude: -122.16, name: 'Philz', address: '101 Forest Ave' },
    {
      type: 'location',
      location: { latitude: 37.44, longitude: -122.16, name: 'Philz', address: '101 Forest Ave' },
    },
  ],
  ['contacts', { type: 'contacts', contacts }, { type: 'contacts', contacts }],
])('%s is written as Graph takes it', (_name, content, body) => {
  expect(written(content)).toEqual({ ...frame, ...Object(body) })
})

test('an answer names the message it answers', () => {
  expect(written({ type: 'text', body: 'Hi' }, 'wamid.PREV')).toMatchObject({
    context: { message_id: 'wamid.PREV' },
  })
})

test('a reaction is never a contextual reply', () => {
  const body = written({ type: 'reaction', messageId: 'wamid.1', emoji: '👍' }, 'wamid.PREV')
  expect(body).not.toHaveProperty('context')
})

test('a customer without a number is addressed by user id, never by both', () => {
  const to = { kind: 'bsuid', value: 'US.13491208655302741918' } as const
  const body = wire(sendRequest({ id: 'our-id', to, content: { type: 'text', body: 'Hi' }, replyTo: null }))
  expect(body).toMatchObject({ recipient: 'US.13491208655302741918' })
  expect(body).not.toHaveProperty('to')
})

test.each([
  [
    'Meta’s documented answer',
    {
      messaging_product: 'whatsapp',
      contacts: [{ input: '+16505551234', wa_id: '16505551234' }],
      messages: [{ id: 'wamid.HBgL', message_status: 'accepted' }],
    },
    'wamid.HBgL',
  ],
  ['an answer with less', { messages: [{ id: 'wamid.1' }] }, 'wamid.1'],
  ['no messages', { messages: [] }, undefined],
  ['no id', { messages: [{}] }, undefined],
  ['nothing', null, undefined],
])('the id is read from %s', (_name, body, id) => {
  expect(sendResponse.safeParse(body).data?.messages[0].id).toBe(id)
})

const recipients: Record<string, unknown> = {
  'another number than was dialled': { address: '551187654321', userId: null },
  'to a user id': { address: null, userId },
  'with number and user id': { address: '15550142233', userId },
  'to a group': { address: groupId, userId: null },
}

test.each(sendAnswers)('an answer tells whom Meta took the recipient for: $name', ({ name, answer }) => {
  expect(sendResponse.parse(answer).contacts).toEqual(
    recipients[name] ?? { address: '15550142233', userId: null },
  )
})

test.each([
  ['no contacts', undefined],
  ['an empty list', []],
  ['a text', 'x'],
  ['contacts without ids', [{ input: '1' }]],
  ['an id that is no text', [{ wa_id: 1, user_id: {} }]],
])('an answer with %s accepts all the same', (_what, contacts) => {
  const answer = sendResponse.parse({ contacts, messages: [{ id: 'wamid.1' }] })
  expect(answer).toEqual({ messages: [{ id: 'wamid.1' }], contacts: { address: null, userId: null } })
})
