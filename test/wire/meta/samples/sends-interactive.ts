import { catalogId, type Certainty, type Json, type SendSample } from './sample.ts'
import { toUser } from './sends-plain.ts'

const interactive = <const Part extends Json>(
  name: string,
  source: string,
  certainty: Certainty,
  part: Part,
) =>
  ({
    name,
    source,
    certainty,
    body: toUser({ type: 'interactive', interactive: part }),
  }) as const satisfies SendSample

const body = { text: 'Your workshop is at 9 tomorrow.' } as const
const footer = { text: 'Fern & Sons' } as const
const twoButtons = {
  buttons: [
    { type: 'reply', reply: { id: 'change', title: 'Change' } },
    { type: 'reply', reply: { id: 'cancel', title: 'Cancel' } },
  ],
} as const
const buttonPage = 'messages/interactive-reply-buttons-messages'

/** Buttons, lists, links, forms and requests. */
export const interactiveSends = [
  interactive('button, without header', buttonPage, 'composed', { type: 'button', body, action: twoButtons }),
  interactive('button, header text', buttonPage, 'composed', {
    type: 'button',
    header: { type: 'text', text: 'Workshop' },
    body,
    footer,
    action: twoButtons,
  }),
  interactive('button, header image', buttonPage, 'example', {
    type: 'button',
    header: { type: 'image', image: { id: '2862702990552499' } },
    body,
    footer,
    action: twoButtons,
  }),
  interactive('button, header video', buttonPage, 'composed', {
    type: 'button',
    header: { type: 'video', video: { link: 'https://fern.example/7.mp4' } },
    body,
    action: twoButtons,
  }),
  interactive('button, header document', buttonPage, 'composed', {
    type: 'button',
    header: { type: 'document', document: { link: 'https://fern.example/7.pdf', filename: 'plan.pdf' } },
    body,
    action: twoButtons,
  }),
  interactive('list', 'messages/interactive-list-messages', 'example', {
    type: 'list',
    header: { type: 'text', text: 'Shipping' },
    body: { text: 'Which one do you prefer?' },
    footer,
    action: {
      button: 'Options',
      sections: [
        {
          title: 'Soon',
          rows: [
            { id: 'express', title: 'Express Mail', description: 'Within 2 Days' },
            { id: 'priority', title: 'Priority Mail', description: '1-3 Days' },
          ],
        },
        { title: 'Later', rows: [{ id: 'pickup', title: 'I pick it up' }] },
      ],
    },
  }),
  interactive('cta_url', 'messages/interactive-cta-url-messages', 'example', {
    type: 'cta_url',
    header: { type: 'image', image: { link: 'https://fern.example/banner.png' } },
    body: { text: 'Tap to see the dates.' },
    footer: { text: 'Dates may change.' },
    action: { name: 'cta_url', parameters: { display_text: 'See Dates', url: 'https://fern.example?c=7' } },
  }),
  interactive('cta_url, header text', 'messages/interactive-cta-url-messages', 'composed', {
    type: 'cta_url',
    header: { type: 'text', text: 'Workshop' },
    body: { text: 'Tap to see the dates.' },
    action: { name: 'cta_url', parameters: { display_text: 'See Dates', url: 'https://fern.example' } },
  }),
  interactive('flow, published, navigate', 'flows/guides/sendingaflow', 'composed', {
    type: 'flow',
    header: { type: 'text', text: 'Booking' },
    body: { text: 'Choose a table.' },
    footer,
    action: {
      name: 'flow',
      parameters: {
        flow_message_version: '3',
        flow_token: 'booking-42',
        flow_id: '791244242662599',
        flow_cta: 'Book!',
        flow_action: 'navigate',
        flow_action_payload: { screen: 'FIRST_SCREEN', data: { product_name: 'table', guests: 4 } },
      },
    },
  }),
  interactive('flow, draft, data_exchange, by name', 'flows/guides/sendingaflow', 'composed', {
    type: 'flow',
    body: { text: 'Choose a table.' },
    action: {
      name: 'flow',
      parameters: {
        flow_message_version: '3',
        flow_name: 'booking',
        flow_cta: 'Book!',
        mode: 'draft',
        flow_token: 'booking-43',
        flow_action: 'data_exchange',
      },
    },
  }),
  interactive('location_request_message', 'messages/location-request-messages', 'example', {
    type: 'location_request_message',
    body: { text: 'Where shall we pick it up?' },
    action: { name: 'send_location' },
  }),
  interactive('address_message', 'messages/address-messages', 'example', {
    type: 'address_message',
    body: { text: 'Where shall it go?' },
    action: {
      name: 'address_message',
      parameters: {
        country: 'IN',
        values: { name: 'Ines Okafor', phone_number: '+911155501422', in_pin_code: '666666' },
        validation_errors: { in_pin_code: 'We could not locate this pin code.' },
        saved_addresses: [{ id: 'address1', value: { name: 'Ines Okafor', city: 'Mumbai' } }],
      },
    },
  }),
  interactive('call_permission_request', 'calling/user-call-permissions', 'example', {
    type: 'call_permission_request',
    body: { text: 'May we call you about order 4711?' },
    action: { name: 'call_permission_request' },
  }),
  interactive('voice_call', 'calling/call-button-messages-deep-links', 'example', {
    type: 'voice_call',
    body: { text: 'Call us for faster service!' },
    action: {
      name: 'voice_call',
      parameters: { display_text: 'Call us', ttl_minutes: 100, payload: 'order-4711' },
    },
  }),
  {
    // The number of someone who hides it; the answer is a message `contacts`.
    ...interactive('request_contact_info', 'business-scoped-user-ids', 'third-party', {
      type: 'request_contact_info',
      body: { text: 'May we have your number?' },
      action: { name: 'request_contact_info' },
    }),
  },
  interactive('a kind that nobody knows yet', 'invented, to stand for what Meta adds next', 'composed', {
    type: 'hologram',
    body,
    action: { name: 'hologram', parameters: { layers: [1, 2] } },
  }),
] as const satisfies readonly SendSample[]

/** Wares of a catalogue. */
export const productSends = [
  interactive('product', 'catalogs/share-products', 'example', {
    type: 'product',
    body: { text: 'This one?' },
    footer,
    action: { catalog_id: catalogId, product_retailer_id: 'sku-aloe-7' },
  }),
  interactive('product_list', 'catalogs/share-products', 'example', {
    type: 'product_list',
    header: { type: 'text', text: 'For you' },
    body: { text: 'Our picks' },
    footer,
    action: {
      catalog_id: catalogId,
      sections: [
        {
          title: 'Succulents',
          product_items: [{ product_retailer_id: 'sku-aloe-7' }, { product_retailer_id: 'sku-aloe-8' }],
        },
        { title: 'Ferns', product_items: [{ product_retailer_id: 'sku-fern-2' }] },
      ],
    },
  }),
  interactive('catalog_message', 'catalogs/share-products', 'example', {
    type: 'catalog_message',
    body: { text: 'See our catalogue.' },
    footer,
    action: { name: 'catalog_message', parameters: { thumbnail_product_retailer_id: 'sku-aloe-7' } },
  }),
  interactive('carousel, links', 'messages/interactive-media-carousel-messages', 'example', {
    type: 'carousel',
    body: { text: 'Our latest' },
    action: {
      cards: [0, 1].map((index) => ({
        card_index: index,
        type: 'cta_url',
        header: { type: 'image', image: { link: `https://fern.example/${index}.jpeg` } },
        body: { text: `*Number ${index}*\n\nEasy to care for.` },
        action: {
          name: 'cta_url',
          parameters: { display_text: 'Buy now', url: `https://fern.example/${index}` },
        },
      })),
    },
  }),
  interactive('carousel, quick replies', 'messages/interactive-media-carousel-messages', 'example', {
    type: 'carousel',
    body: { text: 'Our latest' },
    action: {
      cards: [0, 1].map((index) => ({
        card_index: index,
        type: 'cta_url',
        header: { type: 'image', image: { link: `https://fern.example/${index}.jpeg` } },
        body: { text: `Number ${index}` },
        action: {
          buttons: [{ type: 'quick_reply', quick_reply: { id: `learn-${index}`, title: 'Learn more' } }],
        },
      })),
    },
  }),
  interactive('carousel, products', 'messages/interactive-product-carousel-messages', 'example', {
    type: 'carousel',
    body: { text: 'Our latest' },
    action: {
      cards: [
        {
          card_index: 0,
          type: 'product',
          action: { product_retailer_id: 'sku-aloe-7', catalog_id: catalogId },
        },
        {
          card_index: 1,
          type: 'product',
          action: { product_retailer_id: 'sku-aloe-8', catalog_id: catalogId },
        },
      ],
    },
  }),
] as const satisfies readonly SendSample[]
