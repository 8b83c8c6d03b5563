import {
  catalogId,
  businessNumber,
  clickId,
  defaultContacts,
  received,
  wamid,
  type InboundSample,
} from './sample.ts'

/** Texts and what may stand beside them: quotes, forwards, products, ads, identity hashes. */
export const inboundTexts = [
  {
    name: 'text',
    source: 'webhooks/reference/messages/text',
    certainty: 'example',
    payload: received('TEXT', { type: 'text', text: { body: 'Does it come in blue?' } }),
  },
  {
    name: 'text, with the hash of the identity key',
    source: 'webhooks/reference/messages/text',
    certainty: 'composed',
    payload: received('TEXTHASH', { type: 'text', text: { body: 'It is me again.' } }),
    contacts: [{ ...defaultContacts[0], identity_key_hash: 'DF2lS5v2W6x=' }],
  },
  {
    name: 'text, as a reply to one of our messages',
    source: 'messages/contextual-replies',
    certainty: 'composed',
    payload: received('TEXTREPLY', {
      context: { from: businessNumber, id: wamid('OUTBOUND') },
      type: 'text',
      text: { body: 'Yes, that one.' },
    }),
  },
  {
    name: 'text, forwarded',
    source: 'webhooks/reference/messages/text',
    certainty: 'composed',
    payload: received('TEXTFWD', {
      context: { forwarded: true },
      type: 'text',
      text: { body: 'Look at this offer' },
    }),
  },
  {
    name: 'text, forwarded more than five times',
    source: 'webhooks/reference/messages/text',
    certainty: 'composed',
    payload: received('TEXTFREQ', {
      context: { frequently_forwarded: true },
      type: 'text',
      text: { body: 'Send this to ten friends' },
    }),
  },
  {
    name: 'text, about a product (button "Message business")',
    source: 'webhooks/reference/messages/text',
    certainty: 'example',
    payload: received('TEXTPRODUCT', {
      context: {
        from: businessNumber,
        id: wamid('PRODUCTINQUIRY'),
        referred_product: { catalog_id: catalogId, product_retailer_id: 'sku-aloe-7' },
      },
      type: 'text',
      text: { body: 'Is this still in stock?' },
    }),
  },
  {
    name: 'text, from an ad with an image',
    source: 'webhooks/reference/messages/text',
    certainty: 'example',
    payload: received('TEXTAD', {
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
      type: 'text',
      text: { body: 'Can I get more info about this?' },
    }),
  },
  {
    name: 'text, from an ad with a video',
    source: 'webhooks/reference/messages/text',
    certainty: 'composed',
    payload: received('TEXTADVIDEO', {
      referral: {
        source_url: 'https://fb.me/4ab1Zzzkq',
        source_id: '120226305854811000',
        source_type: 'ad',
        body: 'See them grow',
        headline: 'Ask us',
        media_type: 'video',
        video_url: 'https://scontent.xx.fbcdn.net/v/t45.2-4/2.mp4',
        thumbnail_url: 'https://scontent.xx.fbcdn.net/v/t45.3-4/2.jpg',
        ctwa_clid: clickId,
      },
      type: 'text',
      text: { body: 'How much is it?' },
    }),
  },
  {
    // An ad in a WhatsApp Status has no click id.
    name: 'text, from an ad in a status',
    source: 'webhooks/reference/messages/text',
    certainty: 'composed',
    payload: received('TEXTADSTATUS', {
      referral: {
        source_url: 'https://fb.me/5cd2Yyykp',
        source_id: '120226305854811111',
        source_type: 'ad',
        body: 'New in the shop',
        headline: 'Write to us',
        media_type: 'image',
        image_url: 'https://scontent.xx.fbcdn.net/v/t45.1-4/3.png',
      },
      type: 'text',
      text: { body: 'Hi' },
    }),
  },
  {
    name: 'text, from a post',
    source: 'facebook/openapi business-messaging-api_v23.0.yaml, referral.source_type',
    certainty: 'composed',
    payload: received('TEXTPOST', {
      referral: {
        source_url: 'https://fb.me/6ef3Xxxko',
        source_id: '9988776655443322',
        source_type: 'post',
        body: 'Our opening hours',
        headline: 'Hours',
      },
      type: 'text',
      text: { body: 'Are you open on Sunday?' },
    }),
  },
  {
    name: 'text, with a summary of the conversation beside it',
    source: 'conversation-routing/conversation-context',
    certainty: 'third-party',
    payload: received('TEXTCONTEXT', { type: 'text', text: { body: 'I want a person' } }),
    beside: {
      conversation_context: { type: 'summary', summary: { text: 'The customer asks for a refund.' } },
    },
  },
] as const satisfies readonly InboundSample[]

/** Places, cards, reactions and orders. */
export const inboundObjects = [
  {
    name: 'location, a place with name, address and link',
    source: 'webhooks/reference/messages/location',
    certainty: 'example',
    payload: received('LOCATION', {
      location: {
        address: '12 Invented Street, Springfield, CA 94000',
        latitude: 37.44221496583,
        longitude: -122.16165924073,
        name: 'Corner Coffee',
        url: 'https://coffee.example/',
      },
      type: 'location',
    }),
  },
  {
    // Coordinates alone; longitude zero must not count as absent.
    name: 'location, a bare pin',
    source: 'webhooks/reference/messages/location',
    certainty: 'composed',
    payload: received('LOCATIONPIN', { location: { latitude: 51.4779, longitude: 0 }, type: 'location' }),
  },
  {
    name: 'contacts, one card',
    source: 'webhooks/reference/messages/contacts',
    certainty: 'example',
    payload: received('CONTACTS', {
      type: 'contacts',
      contacts: [
        {
          name: { first_name: 'Bruno', last_name: 'Keller', formatted_name: 'Bruno T. Keller' },
          org: { company: 'Fern & Sons' },
          phones: [{ phone: '+1 (555) 014-0829', wa_id: '15550140829', type: 'MOBILE' }],
        },
      ],
    }),
  },
  {
    name: 'contacts, two cards, one with every part',
    source: 'webhooks/reference/messages/contacts',
    certainty: 'composed',
    payload: received('CONTACTSALL', {
      type: 'contacts',
      contacts: [
        {
          addresses: [
            {
              city: 'Springfield',
              country: 'United States',
              country_code: 'us',
              state: 'CA',
              street: '1 Fern Way',
              type: 'WORK',
              zip: '94000',
            },
          ],
          birthday: '1991-02-28',
          emails: [{ email: 'bruno@fern.example', type: 'WORK' }],
          name: {
            formatted_name: 'Dr. Bruno T. Keller Jr.',
            first_name: 'Bruno',
            last_name: 'Keller',
            middle_name: 'Theo',
            suffix: 'Jr.',
            prefix: 'Dr.',
          },
          org: { company: 'Fern & Sons', department: 'Legal', title: 'Counsel' },
          phones: [
            { phone: '+1 (555) 014-0829', wa_id: '15550140829', type: 'MOBILE' },
            { phone: '+1 (555) 014-0830', type: 'HOME' },
          ],
          urls: [{ url: 'https://fern.example', type: 'WORK' }],
        },
        { name: { formatted_name: 'Desk' }, phones: [{ phone: '+15550140831' }] },
      ],
    }),
  },
  {
    // The answer to a button REQUEST_CONTACT_INFO: the number of someone who hides it.
    name: 'contacts, the own number given on request',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    payload: {
      from_user_id: 'US.20491208655302741977',
      id: wamid('CONTACTREQUEST'),
      timestamp: '1763720400',
      type: 'contacts',
      origin: 'contact_request',
      contacts: [
        {
          vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Ines Okafor\nTEL:+15550142233\nEND:VCARD',
          phones: [{ phone: '+15550142233' }],
        },
      ],
    },
    contacts: [
      { profile: { name: 'Ines Okafor', username: '@ines.okafor' }, user_id: 'US.20491208655302741977' },
    ],
  },
  {
    name: 'reaction',
    source: 'webhooks/reference/messages/reaction',
    certainty: 'example',
    payload: received('REACTION', {
      type: 'reaction',
      reaction: { message_id: wamid('OUTBOUND'), emoji: '\u{1F44D}' },
    }),
  },
  {
    // Meta leaves the emoji out; others have seen it empty.
    name: 'reaction, removed',
    source: 'webhooks/reference/messages/reaction',
    certainty: 'example',
    payload: received('REACTIONGONE', { type: 'reaction', reaction: { message_id: wamid('OUTBOUND') } }),
  },
  {
    name: 'order',
    source: 'webhooks/reference/messages/order',
    certainty: 'example',
    payload: received('ORDER', {
      type: 'order',
      order: {
        catalog_id: catalogId,
        text: 'Please wrap them',
        product_items: [
          { product_retailer_id: 'sku-aloe-7', quantity: 2, item_price: 30, currency: 'USD' },
          { product_retailer_id: 'sku-fern-2', quantity: 1, item_price: 24.5, currency: 'USD' },
        ],
      },
    }),
  },
] as const satisfies readonly InboundSample[]
