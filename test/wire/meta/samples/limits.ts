/** A limit that Meta sets on a send. Lengths are in characters. */
export interface Limit {
  /** The kind of message, or of `interactive`. */
  of: string
  /** Where in the body: keys with dots; `[]` stands for each item of a list. */
  path: string
  what: 'length' | 'count'
  min?: number
  max: number
  source: string
  /** documented: a page or specification of Meta's says so. disputed: Meta's own sources differ, see `note`. */
  confidence: 'documented' | 'disputed' | 'third-party'
  note?: string
}

const oas = 'facebook/openapi business-messaging-api_v23.0.yaml'
const buttons = 'messages/interactive-reply-buttons-messages'
const lists = 'messages/interactive-list-messages'
const links = 'messages/interactive-cta-url-messages'
const media = 'messages/interactive-media-carousel-messages'
const wares = 'catalogs/share-products'
const orders = 'payments/payments-br/orders'

type Row = readonly [
  of: string,
  path: string,
  what: Limit['what'],
  max: number,
  source: string,
  more?: Partial<Pick<Limit, 'min' | 'confidence' | 'note'>>,
]

const rows = [
  ['text', 'text.body', 'length', 4096, 'messages/text-messages'],
  ['image', 'image.caption', 'length', 1024, 'messages/image-messages'],
  ['video', 'video.caption', 'length', 1024, 'messages/video-messages'],
  ['document', 'document.caption', 'length', 1024, 'messages/document-messages'],
  [
    'document',
    'document.filename',
    'length',
    240,
    'libraries',
    { confidence: 'third-party', note: 'Remembered, not read; Meta names no limit.' },
  ],
  [
    'contacts',
    'contacts',
    'count',
    257,
    'messages/contacts-messages',
    {
      confidence: 'disputed',
      note: 'The page says 257 and advises fewer; the OpenAPI description says 5.',
    },
  ],
  ['any', 'biz_opaque_callback_data', 'length', 512, oas],

  ['button', 'interactive.header.text', 'length', 60, oas],
  ['button', 'interactive.body.text', 'length', 1024, buttons],
  ['button', 'interactive.footer.text', 'length', 60, buttons],
  ['button', 'interactive.action.buttons', 'count', 3, buttons, { min: 1 }],
  ['button', 'interactive.action.buttons[].reply.id', 'length', 256, buttons],
  ['button', 'interactive.action.buttons[].reply.title', 'length', 20, buttons],

  ['list', 'interactive.header.text', 'length', 60, lists],
  [
    'list',
    'interactive.body.text',
    'length',
    4096,
    lists,
    {
      confidence: 'disputed',
      note: 'The page says 4,096; the OpenAPI description says 1,024 of every body.',
    },
  ],
  ['list', 'interactive.footer.text', 'length', 60, lists],
  ['list', 'interactive.action.button', 'length', 20, lists],
  ['list', 'interactive.action.sections', 'count', 10, lists, { min: 1 }],
  ['list', 'interactive.action.sections[].title', 'length', 24, lists],
  [
    'list',
    'interactive.action.sections[].rows',
    'count',
    10,
    lists,
    { min: 1, note: 'Of all sections together.' },
  ],
  ['list', 'interactive.action.sections[].rows[].id', 'length', 200, lists],
  ['list', 'interactive.action.sections[].rows[].title', 'length', 24, lists],
  ['list', 'interactive.action.sections[].rows[].description', 'length', 72, lists],

  ['cta_url', 'interactive.header.text', 'length', 60, links],
  ['cta_url', 'interactive.body.text', 'length', 1024, links],
  ['cta_url', 'interactive.footer.text', 'length', 60, links],
  ['cta_url', 'interactive.action.parameters.display_text', 'length', 20, links],

  ['flow', 'interactive.body.text', 'length', 1024, oas],
  ['flow', 'interactive.footer.text', 'length', 60, oas],
  [
    'flow',
    'interactive.action.parameters.flow_cta',
    'length',
    30,
    oas,
    { min: 1, confidence: 'disputed', note: 'The description says 30 ("advised"), SDKs say 20; no emoji.' },
  ],

  ['location_request_message', 'interactive.body.text', 'length', 1024, 'messages/location-request-messages'],
  ['address_message', 'interactive.body.text', 'length', 1024, oas],
  ['call_permission_request', 'interactive.body.text', 'length', 1024, oas],
  ['voice_call', 'interactive.body.text', 'length', 1024, oas],
  [
    'voice_call',
    'interactive.action.parameters.display_text',
    'length',
    20,
    'calling/call-button-messages-deep-links',
  ],
  [
    'voice_call',
    'interactive.action.parameters.payload',
    'length',
    512,
    'calling/call-button-messages-deep-links',
  ],

  ['product', 'interactive.body.text', 'length', 1024, oas],
  ['product', 'interactive.footer.text', 'length', 60, oas],
  ['product_list', 'interactive.header.text', 'length', 60, oas],
  ['product_list', 'interactive.body.text', 'length', 1024, oas],
  ['product_list', 'interactive.footer.text', 'length', 60, oas],
  ['product_list', 'interactive.action.sections', 'count', 10, oas, { min: 1 }],
  ['product_list', 'interactive.action.sections[].title', 'length', 24, oas],
  [
    'product_list',
    'interactive.action.sections[].product_items',
    'count',
    30,
    oas,
    { min: 1, note: 'Of all sections together.' },
  ],
  ['catalog_message', 'interactive.body.text', 'length', 1024, wares],
  ['catalog_message', 'interactive.footer.text', 'length', 60, wares],

  ['carousel', 'interactive.body.text', 'length', 1024, media],
  ['carousel', 'interactive.action.cards', 'count', 10, media, { min: 2 }],
  [
    'carousel',
    'interactive.action.cards[].body.text',
    'length',
    160,
    media,
    { note: 'And two line breaks.' },
  ],
  ['carousel', 'interactive.action.cards[].action.parameters.display_text', 'length', 20, media],
  ['carousel', 'interactive.action.cards[].action.buttons[].quick_reply.id', 'length', 20, media],
  ['carousel', 'interactive.action.cards[].action.buttons[].quick_reply.title', 'length', 20, media],

  ['order_details', 'interactive.body.text', 'length', 1024, orders],
  ['order_details', 'interactive.footer.text', 'length', 60, orders],
  [
    'order_details',
    'interactive.action.parameters.reference_id',
    'length',
    60,
    orders,
    { min: 1, note: 'Letters, digits, underscores, dashes and dots.' },
  ],
  ['order_details', 'interactive.action.parameters.order.items[].name', 'length', 60, orders],
  ['order_details', 'interactive.action.parameters.order.expiration.description', 'length', 120, orders],
  [
    'order_details',
    'interactive.action.parameters.order.discount.discount_program_name',
    'length',
    60,
    orders,
  ],
  ['order_status', 'interactive.action.parameters.order.description', 'length', 120, orders],

  ['template', 'template.name', 'length', 512, 'templates/marketing-templates'],
  [
    'template',
    'template.components[].parameters[].text',
    'length',
    32_768,
    oas,
    {
      confidence: 'disputed',
      note: 'Of one parameter. The definition of a template holds 60 in a header and 1,024 in a body; whether the filled text may be longer (32,768 in a body alone, as remembered) was not found. Too much is refused with 132005.',
    },
  ],
  [
    'template',
    'template.components[].parameters[].payload',
    'length',
    128,
    'libraries',
    {
      confidence: 'third-party',
      note: 'Remembered, not read; Meta says 256 of a button of a message and nothing of this.',
    },
  ],
  [
    'template',
    'template.components[].parameters[].coupon_code',
    'length',
    15,
    'templates/marketing-templates/coupon-templates',
    { note: 'Letters and digits.' },
  ],
  ['template', 'template.components[].cards', 'count', 10, wares, { min: 2 }],
  [
    'template',
    'template.components[].parameters[].action.sections',
    'count',
    10,
    'templates/components',
    { note: 'Button mpm; 30 products in all.' },
  ],
] as const satisfies readonly Row[]

/** The limits of sends, one a row. A message that keeps to them may still be refused for other reasons. */
export const limits: readonly Limit[] = rows.map((row: Row) => {
  const [of, path, what, max, source, more] = row
  return { of, path, what, max, source, confidence: 'documented', ...more }
})

/** What a template may hold when it is made; beyond this no send of it can be right. */
export const templateDefinitionLimits = {
  headerText: 60,
  bodyText: 1_024,
  bodyTextOfLimitedTimeOffer: 600,
  bodyTextOfProduct: 160,
  cardBodyText: 160,
  footerText: 60,
  limitedTimeOfferText: 16,
  buttonText: 25,
  url: 2_000,
  phoneNumber: 20,
  couponCode: 15,
  name: 512,
  buttons: 10,
  urlButtons: 2,
  phoneButtons: 1,
  copyCodeButtons: 1,
  cards: 10,
  templatesOfAccount: 250,
} as const
