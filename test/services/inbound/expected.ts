import {
  catalogId,
  clickId,
  groupId,
  userId,
  userNumber,
  wamid,
  type Json,
} from '../../wire/meta/samples/sample.ts'
import { inboundSamples } from '../../wire/meta/samples/inbound.ts'

/** What an app is told of a sample: its content, and the fields beside it that are not null or false. */
export interface Expected {
  content: Json
  from?: string
  type?: string
  body?: string | null
  replyTo?: string
  beside?: Json
}

const partOf = (name: string): Json => {
  const payload = inboundSamples.find((sample) => sample.name === name)?.payload ?? {}
  const part: unknown = payload[String(payload['type'])]
  return Object.fromEntries(Object.entries(part ?? {}))
}
const answered = { replyTo: wamid('OUTBOUND') }
const product = { catalog_id: catalogId, product_retailer_id: 'sku-aloe-7' }
const text = (message: string, more: Partial<Expected> = {}): Expected => ({
  content: { message },
  body: message,
  ...more,
})
const referral = (name: string): Json => {
  const payload: Json = inboundSamples.find((sample) => sample.name === name)?.payload ?? {}
  return { referral: payload['referral'] }
}
const file = (type: string, mediaId: string, mimeType: string, sha256: string, more: Json = {}) => ({
  media: { type, mediaId, mimeType, sha256, ...more },
})
const hash = (letter: string, rest: string) => `${letter}${rest}`
const image = hash('T', 'fInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUE=')
const sound = 'vqXMe6n7n1W0zphvLPoLj+s/NtKqmr3zZ7YzTP7xFA='
const reply = (type: string, id: string, title: string, more: Json = {}): Expected => ({
  content: { reply: { type, id, title, ...more } },
  body: title,
})
const form = (type: string, id: string, title: string, response: string): Expected =>
  reply(type, id, title, { response, responseData: JSON.parse(response) })
const unknownType = {
  errors: [
    {
      code: 131051,
      title: 'Message type unknown',
      message: 'Message type unknown',
      error_data: { details: 'Message type is currently not supported.' },
    },
  ],
}
const changed = 'User Ines Okafor changed from 15550142233 to 15550155358'
const newUserId = 'US.30491208655302741988'
const hidden = { fromUserId: userId, username: '@ines.okafor' }
const wacid = 'wacid.HBgLMTU1NTAxNDIyMzMVAgASGCAzODg1NTE5NEU1NTBEMTc1'
const addressOf = (name: string): string => {
  const { nfm_reply: form } = partOf(name)
  return Object(form)['response_json']
}

/** By the name of the sample. */
export const expected: Record<string, Expected> = {
  text: text('Does it come in blue?'),
  'text, with the hash of the identity key': text('It is me again.'),
  'text, as a reply to one of our messages': text('Yes, that one.', answered),
  'text, forwarded': text('Look at this offer', { beside: { forwarded: true } }),
  'text, forwarded more than five times': text('Send this to ten friends', {
    beside: { frequentlyForwarded: true },
  }),
  'text, about a product (button "Message business")': text('Is this still in stock?', {
    replyTo: wamid('PRODUCTINQUIRY'),
    beside: { product },
  }),
  'text, from an ad with an image': text('Can I get more info about this?', {
    beside: {
      referral: {
        source_url: 'https://fb.me/3xy8Wqqkz',
        source_id: '120226305854810999',
        source_type: 'ad',
        body: 'Spring seedlings are here!',
        headline: 'Chat with us',
        media_type: 'image',
        image_url: 'https://scontent.xx.fbcdn.net/v/t45.1-4/1.png',
        ctwa_clid: clickId,
        welcome_message: { text: 'Hello! How can we help?' },
      },
    },
  }),
  'text, from an ad with a video': text('How much is it?', {
    beside: referral('text, from an ad with a video'),
  }),
  'text, from an ad in a status': text('Hi', { beside: referral('text, from an ad in a status') }),
  'text, from a post': text('Are you open on Sunday?', { beside: referral('text, from a post') }),
  'text, with a summary of the conversation beside it': text('I want a person'),
  'location, a place with name, address and link': {
    content: {
      location: {
        latitude: 37.44221496583,
        longitude: -122.16165924073,
        name: 'Corner Coffee',
        address: '12 Invented Street, Springfield, CA 94000',
        url: 'https://coffee.example/',
      },
    },
    body: 'Corner Coffee',
  },
  'location, a bare pin': { content: { location: { latitude: 51.4779, longitude: 0 } } },
  'contacts, one card': {
    content: {
      contacts: [
        {
          name: { first_name: 'Bruno', last_name: 'Keller', formatted_name: 'Bruno T. Keller' },
          org: { company: 'Fern & Sons' },
          phones: [{ phone: '+1 (555) 014-0829', wa_id: '15550140829', type: 'MOBILE' }],
        },
      ],
    },
    body: 'Bruno T. Keller',
  },
  'contacts, two cards, one with every part': {
    content: { contacts: Object.values(partOf('contacts, two cards, one with every part')) },
    body: 'Dr. Bruno T. Keller Jr., Desk',
  },
  'contacts, the own number given on request': {
    content: {
      contacts: [
        {
          vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Ines Okafor\nTEL:+15550142233\nEND:VCARD',
          phones: [{ phone: '+15550142233' }],
        },
      ],
    },
    from: userId,
    beside: hidden,
  },
  reaction: {
    content: { reaction: { messageId: wamid('OUTBOUND'), emoji: '\u{1F44D}' } },
    body: '\u{1F44D}',
    ...answered,
  },
  'reaction, removed': { content: { reaction: { messageId: wamid('OUTBOUND'), emoji: '' } }, ...answered },
  order: {
    content: {
      order: {
        catalog_id: catalogId,
        text: 'Please wrap them',
        product_items: [
          { product_retailer_id: 'sku-aloe-7', quantity: 2, item_price: 30, currency: 'USD' },
          { product_retailer_id: 'sku-fern-2', quantity: 1, item_price: 24.5, currency: 'USD' },
        ],
      },
    },
    body: 'Please wrap them',
  },
  'image, with a caption': {
    content: file('image', '1103383421387299', 'image/jpeg', image, { caption: 'The courtyard' }),
    body: 'The courtyard',
  },
  'image, without caption and url, forwarded': {
    content: file('image', '1103383421387300', 'image/jpeg', image.replace('T', 'U')),
    beside: { forwarded: true },
  },
  'video, with a caption': {
    content: file('video', '831675419373599', 'video/mp4', 'wdGU5X4caz12KwFgYwpljlUNqMt1YnkH+5GkPc3mMnA=', {
      caption: 'How it grew',
    }),
    body: 'How it grew',
  },
  'audio, a voice note': {
    content: file('audio', '2008647269898599', 'audio/ogg; codecs=opus', hash('x', sound), { voice: true }),
  },
  'audio, a file': {
    content: file('audio', '2008647269898600', 'audio/mpeg', hash('y', sound), { voice: false }),
  },
  'document, with caption and filename': {
    content: file(
      'document',
      '722684793477199',
      'application/pdf',
      'W5OPpLD/gEG6Xjg0MbmQDLFgcKsL+j5LfY4ny/pZ4MA=',
      { caption: 'my invoice', filename: 'invoice 2025-11.pdf' },
    ),
    body: 'my invoice',
  },
  'sticker, animated': {
    content: file('sticker', '2108647269898599', 'image/webp', hash('z', sound), { animated: true }),
  },
  'sticker, still, as a reply': {
    content: file('sticker', '2108647269898600', 'image/webp', hash('a', sound), { animated: false }),
    ...answered,
  },
  'video, that Meta could not download': {
    content: { other: {} },
    beside: {
      errors: [
        {
          code: 131052,
          title: 'Media download error',
          message: 'Media download error',
          error_data: { details: 'File size exceeds the limit. Please ask the user to send a smaller file.' },
        },
      ],
    },
  },
  'button, a quick reply of a template': { ...reply('button', 'ps_1_yes', 'Yes'), ...answered },
  'interactive, button_reply': { ...reply('button', 'cancel-42', 'Cancel'), ...answered },
  'interactive, list_reply': {
    ...reply('list', 'express', 'Express Mail', { description: 'Within 2 Days' }),
    ...answered,
  },
  'interactive, list_reply without description': { ...reply('list', 'pickup', 'I pick it up'), ...answered },
  'interactive, nfm_reply of a flow': {
    content: {
      reply: {
        type: 'flow',
        id: 'flow',
        title: 'Sent',
        response: '{"flow_token":"booking-42","date":"2026-01-15","guests":4}',
        responseData: { flow_token: 'booking-42', date: '2026-01-15', guests: 4 },
      },
    },
    body: 'Sent',
    ...answered,
  },
  'interactive, nfm_reply of an address message': {
    ...form(
      'address',
      'address_message',
      'Ines Okafor\n +911155501422\n 400001, Hill View, Wing B, Mumbai, 3',
      addressOf('interactive, nfm_reply of an address message'),
    ),
    ...answered,
  },
  'interactive, nfm_reply of an address message, old shape': form(
    'address',
    'address_message',
    'Mumbai',
    '{"values":{"city":"Mumbai"}}',
  ),
  'interactive, call_permission_reply, accepted for a time': {
    content: {
      callPermission: {
        response: 'accept',
        permanent: false,
        expiresAt: '2025-11-28T10:20:00.000Z',
        source: 'user_action',
      },
    },
    replyTo: wacid,
  },
  'interactive, call_permission_reply, for good and by itself': {
    content: { callPermission: { response: 'accept', permanent: true, source: 'automatic' } },
    replyTo: wacid,
  },
  'interactive, call_permission_reply, refused': {
    content: { callPermission: { response: 'reject', source: 'user_action' } },
    ...answered,
  },
  'interactive, payment_method': { content: { other: partOf('interactive, payment_method') } },
  'interactive, product': { content: { product }, ...answered },
  'edit, of the caption of an image': {
    content: {
      edit: {
        messageId: wamid('IMAGE'),
        type: 'image',
        content: file('image', '1103383421387299', 'image/jpeg', image, { caption: 'The courtyard, in May' }),
      },
    },
    body: 'The courtyard, in May',
  },
  'edit, of a text': {
    content: {
      edit: { messageId: wamid('TEXT'), type: 'text', content: { message: 'Does it come in green?' } },
    },
    body: 'Does it come in green?',
  },
  revoke: { content: { revoke: { messageId: wamid('TEXT') } } },
  'system, user_changed_number': {
    content: { system: { type: 'user_changed_number', body: changed, newNumber: '15550155358' } },
    body: changed,
  },
  'system, user_changed_number, with user ids': {
    content: {
      system: {
        type: 'user_changed_number',
        body: changed,
        newNumber: '15550155358',
        newUserId,
        previousUserId: userId,
      },
    },
    body: changed,
    beside: { fromUserId: userId },
  },
  'system, user_changed_user_id': {
    content: {
      system: {
        type: 'user_changed_user_id',
        body: `User changed from ${userId} to ${newUserId}`,
        newUserId,
        previousUserId: userId,
      },
    },
    body: `User changed from ${userId} to ${newUserId}`,
    from: userId,
  },
  'system, customer_identity_changed': {
    content: {
      system: { type: 'customer_identity_changed', body: 'User Ines Okafor changed their identity' },
    },
    body: 'User Ines Okafor changed their identity',
  },
  'system, customer_changed_number': {
    content: {
      system: {
        type: 'customer_changed_number',
        body: 'Ines Okafor changed from 15550142233 to 15550155358',
        newNumber: '15550155358',
      },
    },
    body: 'Ines Okafor changed from 15550142233 to 15550155358',
  },
  'unsupported, edit': { content: { unsupported: { type: 'edit' } }, beside: unknownType },
  'unsupported, poll': { content: { unsupported: { type: 'poll' } }, beside: unknownType },
  'unsupported, button': { content: { unsupported: { type: 'button' } }, beside: unknownType },
  'unsupported, without a kind': { content: { unsupported: {} }, beside: unknownType },
  unknown: { content: { other: {} } },
  ephemeral: { content: { other: {} }, beside: unknownType },
  request_welcome: { content: { other: {} } },
  'a type that nobody knows yet': { content: { other: { id: '1', depth: { z: [1, 2] } } }, type: 'hologram' },
  'text, of a group': text('What does everyone think?', { beside: { group: { id: groupId } } }),
  'unsupported, of a group': { content: { unsupported: {} }, beside: { group: { id: groupId } } },
  'text, of someone who hides the number': text('Does it come in blue?', { from: userId, beside: hidden }),
  'text, of someone with number and username': text('Hello', { from: userNumber, beside: hidden }),
  'interactive, button_reply of someone who hides the number, in a group': {
    ...reply('button', 'yes', 'Yes'),
    ...answered,
    from: userId,
    beside: { ...hidden, group: { id: groupId } },
  },
}
