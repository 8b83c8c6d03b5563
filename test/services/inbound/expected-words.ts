import { catalogId, clickId, userId, wamid } from '../../wire/meta/samples/sample.ts'
import {
  type Expected,
  partOf,
  answered,
  product,
  text,
  referral,
  file,
  image,
  sound,
  hidden,
} from './expected-shapes.ts'

/** Of texts, things and files, by the name of the sample. */
export const expectedWords: Record<string, Expected> = {
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
    content: file('audio', '2008647269898599', 'audio/ogg; codecs=opus', `x${sound}`, { voice: true }),
  },
  'audio, a file': {
    content: file('audio', '2008647269898600', 'audio/mpeg', `y${sound}`, { voice: false }),
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
    content: file('sticker', '2108647269898599', 'image/webp', `z${sound}`, { animated: true }),
  },
  'sticker, still, as a reply': {
    content: file('sticker', '2108647269898600', 'image/webp', `a${sound}`, { animated: false }),
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
}
