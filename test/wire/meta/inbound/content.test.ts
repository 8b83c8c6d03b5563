import { expect, test } from 'vitest'
import { inboundContent } from '../../../../src/domain/messages/inbound-content.ts'
import { readContent } from '../../../../src/wire/meta/inbound/content.ts'

const file = { mime_type: 'x/y', sha256: 'abc', id: '1003' }
const media = { mediaId: '1003', mimeType: 'x/y', sha256: 'abc' }
const cards = [{ name: { formatted_name: 'Ana' }, phones: [{ phone: '+1 415', wa_id: '1415' }] }]
const order = { catalog_id: '1', text: 'Please', product_items: [{ quantity: 1 }] }

test.each<[type: string, part: unknown, content: object]>([
  ['text', { body: 'Yes' }, { message: 'Yes' }],
  ['image', { ...file, caption: 'This' }, { media: { type: 'image', ...media, caption: 'This' } }],
  ['video', file, { media: { type: 'video', ...media } }],
  ['audio', { ...file, voice: true }, { media: { type: 'audio', ...media, voice: true } }],
  ['document', { ...file, filename: 'a.pdf' }, { media: { type: 'document', ...media, filename: 'a.pdf' } }],
  ['sticker', { ...file, animated: false }, { media: { type: 'sticker', ...media, animated: false } }],
  ['image', { id: '1003', caption: 7 }, { media: { type: 'image', mediaId: '1003' } }],
  [
    'location',
    { latitude: 1, longitude: -2.5, name: 'Philz', address: 'Forest Ave', url: 'https://x.example' },
    {
      location: {
        latitude: 1,
        longitude: -2.5,
        name: 'Philz',
        address: 'Forest Ave',
        url: 'https://x.example',
      },
    },
  ],
  ['location', { latitude: 1, longitude: 2 }, { location: { latitude: 1, longitude: 2 } }],
  ['contacts', cards, { contacts: cards }],
  [
    'reaction',
    { message_id: 'wamid.OUT', emoji: '👍' },
    { reaction: { messageId: 'wamid.OUT', emoji: '👍' } },
  ],
  ['reaction', { message_id: 'wamid.OUT' }, { reaction: { messageId: 'wamid.OUT', emoji: '' } }],
  ['button', { payload: 'STOP', text: 'Stop' }, { reply: { type: 'button', id: 'STOP', title: 'Stop' } }],
  [
    'interactive',
    { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } },
    { reply: { type: 'button', id: 'y', title: 'Yes' } },
  ],
  [
    'interactive',
    { type: 'list_reply', list_reply: { id: 'r', title: 'Row', description: 'd' } },
    { reply: { type: 'list', id: 'r', title: 'Row', description: 'd' } },
  ],
  [
    'interactive',
    { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } },
    { reply: { type: 'flow', id: 'flow', title: 'Sent', response: '{"a":1}', responseData: { a: 1 } } },
  ],
  [
    'interactive',
    { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: 'no JSON' } },
    { reply: { type: 'flow', id: 'flow', title: 'Sent', response: 'no JSON' } },
  ],
  ['order', order, { order }],
  ['revoke', { original_message_id: 'wamid.1' }, { revoke: { messageId: 'wamid.1' } }],
  ['revoke', {}, { other: {} }],
  [
    'edit',
    { original_message_id: 'wamid.1', message: { type: 'text', text: { body: 'Two' }, context: {} } },
    { edit: { messageId: 'wamid.1', type: 'text', content: { message: 'Two' } } },
  ],
  [
    'edit',
    { original_message_id: 'wamid.1', message: { type: 'hologram', hologram: { a: 1 } } },
    { edit: { messageId: 'wamid.1', type: 'hologram', content: { other: { a: 1 } } } },
  ],
  ['edit', { message: { type: 'text' } }, { other: { message: { type: 'text' } } }],
  ['interactive', { type: 'of_tomorrow', news: 1 }, { other: { type: 'of_tomorrow', news: 1 } }],
  ['image', { caption: 'no id' }, { other: { caption: 'no id' } }],
  ['text', 'not an object', { other: {} }],
  ['unsupported', undefined, { unsupported: {} }],
  ['unsupported', { type: 'poll' }, { unsupported: { type: 'poll' } }],
  ['constructor', {}, { other: {} }],
])('what a customer says by %s %j is told in our words', (type, part, content) => {
  const read = readContent(type, part)
  expect(read).toEqual(content)
  expect(inboundContent.parse(read)).toEqual(content)
})
