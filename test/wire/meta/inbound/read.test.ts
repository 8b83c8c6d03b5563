import { expect, test } from 'vitest'
import { parseCallback } from '../../../../src/wire/meta/callback.ts'
import { card, inbound, messagesCallback, textMessage } from '../callback-samples.ts'

const read = (message: unknown, contacts: unknown[] = [card]) =>
  parseCallback(messagesCallback({ contacts, messages: [message] }))[0]

/** What Meta said of one message: the value of the change, with that message and its contacts. */
const said = (message: unknown, contacts: unknown[]) => ({
  messaging_product: 'whatsapp',
  metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
  contacts,
  messages: [message],
})

test('a text carries who wrote, when, to which number and what', () => {
  expect(read(textMessage)).toEqual({
    kind: 'inbound',
    externalId: 'wamid.IN',
    senderId: '106540352242922',
    from: '16505551234',
    fromUserId: null,
    profileName: 'Sheena Nelson',
    at: '2025-06-08T20:59:43.000Z',
    type: 'text',
    body: 'Does it come in another colour?',
    content: { message: 'Does it come in another colour?' },
    beside: {},
    replyTo: null,
    raw: said(textMessage, [card]),
  })
})

const context = { from: '15550783881', id: 'wamid.OUT' }
const media = { mime_type: 'x/y', sha256: 'abc', id: '1003' }

test.each(['image', 'video', 'audio', 'document', 'sticker'])(
  'a file that came as %s can be fetched',
  (type) => {
    const event = read(inbound({ type, [type]: { ...media, filename: 'a.pdf' } }))
    expect(event).toMatchObject({ media: { id: '1003', mimeType: 'x/y', filename: 'a.pdf' } })
    expect(read(inbound({ type, [type]: { link: 'https://example.com' } }))).not.toHaveProperty('media')
  },
)

test.each<[type: string, fields: Record<string, unknown>, body: string | null, replyTo: string | null]>([
  ['text', { text: { body: 'Yes' }, context }, 'Yes', 'wamid.OUT'],
  ['image', { image: { ...media, caption: 'This one' } }, 'This one', null],
  ['image', { image: media }, null, null],
  ['video', { video: { ...media, caption: 'Clip' } }, 'Clip', null],
  ['document', { document: { ...media, caption: 'Bill', filename: 'a.pdf' } }, 'Bill', null],
  ['audio', { audio: { ...media, voice: true } }, null, null],
  ['sticker', { sticker: { ...media, animated: false } }, null, null],
  [
    'location',
    { location: { latitude: 1, longitude: 2, name: 'Philz', address: 'Forest Ave' } },
    'Philz',
    null,
  ],
  ['location', { location: { latitude: 1, longitude: 2, address: 'Forest Ave' } }, 'Forest Ave', null],
  ['location', { location: { latitude: 1, longitude: 2 } }, null, null],
  [
    'contacts',
    { contacts: [{ name: { formatted_name: 'Ana' } }, { name: { formatted_name: 'Bo' } }] },
    'Ana, Bo',
    null,
  ],
  ['button', { context, button: { payload: 'STOP', text: 'Stop' } }, 'Stop', 'wamid.OUT'],
  [
    'interactive',
    { context, interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } } },
    'Yes',
    'wamid.OUT',
  ],
  [
    'interactive',
    { interactive: { type: 'list_reply', list_reply: { id: 'r', title: 'Row', description: 'd' } } },
    'Row',
    null,
  ],
  [
    'interactive',
    { interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{}' } } },
    'Sent',
    null,
  ],
  ['reaction', { reaction: { message_id: 'wamid.OUT', emoji: '👍' } }, '👍', 'wamid.OUT'],
  ['reaction', { reaction: { message_id: 'wamid.OUT' } }, null, 'wamid.OUT'],
  ['order', { order: { catalog_id: '1', text: 'Please', product_items: [{ quantity: 1 }] } }, 'Please', null],
  [
    'system',
    { system: { body: 'Sheena changed number', wa_id: '1650', type: 'user_changed_number' } },
    'Sheena changed number',
    null,
  ],
  ['unsupported', { errors: [{ code: 131051, title: 'Message type unknown' }] }, null, null],
  ['request_welcome', {}, null, null],
  ['hologram', { hologram: { body: 'a type of tomorrow' } }, null, null],
  ['constructor', {}, null, null],
  ['text', { text: 'not an object' }, null, null],
])('a message of type %s is read: %j', (type, fields, body, replyTo) => {
  const message = inbound({ type, ...fields })
  expect(read(message)).toMatchObject({ kind: 'inbound', type, body, replyTo, raw: said(message, [card]) })
})

const userId = 'US.13491208655302741918'

test('a customer without a shared number is known by user id', () => {
  const message = { ...textMessage, from: undefined, from_user_id: userId }
  expect(read(message, [{ profile: { name: 'Sheena' }, user_id: userId }])).toMatchObject({
    from: userId,
    fromUserId: userId,
    profileName: 'Sheena',
  })
})

test('a customer with both is known by number, and the user id stands beside it', () => {
  const message = { ...textMessage, from_user_id: userId }
  expect(read(message)).toMatchObject({ from: '16505551234', fromUserId: userId })
  expect(read(textMessage, [{ ...card, user_id: userId }])).toMatchObject({
    from: '16505551234',
    fromUserId: userId,
  })
})

test('the number on the card of a user id counts when the message itself has none', () => {
  const message = { ...textMessage, from: undefined, from_user_id: userId }
  expect(read(message, [{ ...card, user_id: userId }])).toMatchObject({
    from: '16505551234',
    fromUserId: userId,
  })
})

test('a message that names nobody is from the only contact there is', () => {
  const message = { ...textMessage, from: undefined }
  expect(read(message, [{ user_id: userId, profile: { username: 'sheena' } }])).toMatchObject({
    from: userId,
    profileName: 'sheena',
  })
})

test('in a batch each message has the name of its own sender', () => {
  const other = { ...textMessage, id: 'wamid.IN2', from: '5511999998888' }
  const contacts = [{ profile: { name: 'Ana' }, wa_id: '5511999998888' }, card]
  const events = parseCallback(messagesCallback({ contacts, messages: [textMessage, other] }))
  expect(events).toMatchObject([{ profileName: 'Sheena Nelson' }, { profileName: 'Ana' }])
})

test('a sender without a card has no name, not another’s', () => {
  expect(read({ ...textMessage, from: '5511999998888' })).toMatchObject({ profileName: null })
})

test.each(['image', 'video', 'audio', 'document', 'sticker'])(
  'a file of type %s is told by its id',
  (type) => {
    const file = { id: '1003', mime_type: 'image/jpeg', filename: 'a.jpg' }
    expect(read({ ...textMessage, type, [type]: file })).toMatchObject({
      media: { id: '1003', mimeType: 'image/jpeg', filename: 'a.jpg' },
    })
    expect(read({ ...textMessage, type, [type]: { mime_type: 'image/jpeg' } })).not.toHaveProperty('media')
  },
)

test('what only looks like a file is none', () => {
  expect(read({ ...textMessage, type: 'order', order: { id: '7' } })).not.toHaveProperty('media')
})
