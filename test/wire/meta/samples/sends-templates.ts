import { catalogId, type Certainty, type Json, type SendSample } from './sample.ts'
import { toUser } from './sends-plain.ts'

const template = (
  name: string,
  source: string,
  certainty: Certainty,
  components?: readonly Json[],
  code = 'en_US',
) =>
  ({
    name: `template, ${name}`,
    source,
    certainty,
    body: toUser({
      type: 'template',
      template: { name: 'order_shipped', language: { code }, ...(components && { components }) },
    }),
  }) as const satisfies SendSample

const text = (value: string) => ({ type: 'text', text: value })
const header = (parameter: Json) => ({ type: 'header', parameters: [parameter] })
const bodyOf = (...parameters: Json[]) => ({ type: 'body', parameters })
const button = (sub_type: string, index: number | string, parameter?: Json) => ({
  type: 'button',
  sub_type,
  index,
  ...(parameter && { parameters: [parameter] }),
})

const oas = 'facebook/openapi business-messaging-api_v23.0.yaml'
const basics = 'templates/marketing-templates/custom-marketing-templates'

/** Templates with every kind of header, body and button. */
export const templateSends = [
  template('without parameters', oas, 'composed'),
  template('header text, named parameters', basics, 'composed', [
    header({ type: 'text', parameter_name: 'season', text: 'Spring' }),
    bodyOf(
      { type: 'text', parameter_name: 'first_name', text: 'Ines' },
      { type: 'text', parameter_name: 'code', text: 'WELCOME25' },
    ),
  ]),
  template('header image', basics, 'example', [
    header({ type: 'image', image: { id: '1439522734477799' } }),
    bodyOf(text('Ines')),
  ]),
  template('header video', oas, 'composed', [
    header({ type: 'video', video: { link: 'https://fern.example/7.mp4' } }),
  ]),
  template('header document with a filename', oas, 'composed', [
    header({
      type: 'document',
      document: { link: 'https://fern.example/7.pdf', filename: 'order_4711.pdf' },
    }),
  ]),
  template('header location', 'templates/components', 'composed', [
    header({
      type: 'location',
      location: {
        latitude: '37.483307',
        longitude: '-122.14839',
        name: 'Fern & Sons',
        address: '1 Fern Way',
      },
    }),
  ]),
  template('header product', 'templates/marketing-templates/spm-templates', 'example', [
    header({ type: 'product', product: { product_retailer_id: 'sku-aloe-7', catalog_id: catalogId } }),
    bodyOf({ type: 'text', parameter_name: 'percent', text: '25%' }),
  ]),
  template(
    'currency and date_time',
    'the former page cloud-api/guides/send-message-templates',
    'third-party',
    [
      bodyOf(
        text('Ines'),
        { type: 'currency', currency: { fallback_value: '$100.99', code: 'USD', amount_1000: 100_990 } },
        {
          type: 'date_time',
          date_time: {
            fallback_value: 'February 25, 2026',
            day_of_week: 3,
            year: 2026,
            month: 2,
            day_of_month: 25,
            hour: 15,
            minute: 33,
            calendar: 'GREGORIAN',
          },
        },
      ),
    ],
  ),
  template('buttons quick_reply and url', oas, 'composed', [
    button('quick_reply', '0', { type: 'payload', payload: 'YES' }),
    button('url', '1', text('n3mtqz')),
  ]),
  // Meta writes types, kinds and indices in several ways itself.
  template(
    'button COPY_CODE in capitals, index as a number',
    'templates/marketing-templates/coupon-templates',
    'example',
    [
      bodyOf(text('25OFF'), text('25%')),
      button('COPY_CODE', 1, { type: 'coupon_code', coupon_code: '25OFF' }),
    ],
  ),
  template('button CATALOG', 'templates/marketing-templates/catalog-templates', 'example', [
    bodyOf(text('100')),
    button('CATALOG', 0, { type: 'action', action: { thumbnail_product_retailer_id: 'sku-aloe-7' } }),
  ]),
  template('button mpm', 'templates/marketing-templates/mpm-templates', 'example', [
    header(text('Ines')),
    button('mpm', 0, {
      type: 'action',
      action: {
        thumbnail_product_retailer_id: 'sku-aloe-7',
        sections: [{ title: 'Popular', product_items: [{ product_retailer_id: 'sku-aloe-7' }] }],
      },
    }),
  ]),
  template('button flow', 'flows/guides/sendingaflow', 'composed', [
    button('flow', '0', {
      type: 'action',
      action: { flow_token: 'booking-42', flow_action_data: { guests: 4 } },
    }),
  ]),
  template('button flow without parameters', 'flows/guides/sendingaflow', 'composed', [button('flow', '0')]),
  template('button voice_call', 'calling/call-button-messages-deep-links', 'example', [
    {
      type: 'button',
      sub_type: 'voice_call',
      parameters: [
        { type: 'ttl_minutes', ttl_minutes: 100 },
        { type: 'payload', payload: 'order-4711' },
      ],
    },
  ]),
  template('one-time password', 'templates/authentication-templates', 'example', [
    bodyOf(text('J$FpnYnQ')),
    button('url', '0', text('J$FpnYnQ')),
  ]),
  template('call permission request', 'calling/user-call-permissions', 'example', [
    bodyOf(text('Ines'), text('order 4711')),
  ]),
  template('limited time offer', 'templates/marketing-templates/limited-time-offer-templates', 'example', [
    header({ type: 'image', image: { id: '1702186516975099' } }),
    bodyOf(text('Ines'), text('CARIBE25')),
    {
      type: 'limited_time_offer',
      parameters: [
        { type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: 1_764_930_000_000 } },
      ],
    },
    button('copy_code', 0, { type: 'coupon_code', coupon_code: 'CARIBE25' }),
    button('url', 1, text('n3mtqz')),
  ]),
  template('carousel of media', 'templates/marketing-templates/media-card-carousel-templates', 'example', [
    bodyOf(text('Ines'), text('20%')),
    {
      type: 'carousel',
      cards: [0, 1].map((index) => ({
        card_index: index,
        components: [
          header({ type: 'image', image: { id: `165808153158489${index}` } }),
          bodyOf(text(`20OFF${index}`)),
          button('quick_reply', '0', { type: 'payload', payload: `more-${index}` }),
          button('url', '1', text(`card-${index}`)),
        ],
      })),
    },
  ]),
  template(
    'carousel of products',
    'templates/marketing-templates/product-card-carousel-templates',
    'example',
    [
      {
        type: 'carousel',
        cards: [0, 1].map((index) => ({
          card_index: index,
          components: [
            header({
              type: 'product',
              product: { product_retailer_id: `sku-${index}`, catalog_id: catalogId },
            }),
          ],
        })),
      },
    ],
  ),
  template('title of the link', 'templates/tap-target-url-title-override', 'example', [
    header({ type: 'image', image: { link: 'https://fern.example/7.png' } }),
    {
      type: 'tap_target_configuration',
      parameters: [
        {
          type: 'tap_target_configuration',
          tap_target_configuration: [{ url: 'https://fern.example/', title: 'Offer Details' }],
        },
      ],
    },
  ]),
  template('upper-case types', 'reported by users of libraries', 'third-party', [
    { type: 'BODY', parameters: [text('Ines')] },
    {
      type: 'BUTTON',
      sub_type: 'QUICK_REPLY',
      index: '0',
      parameters: [{ type: 'payload', payload: 'YES' }],
    },
  ]),
  template('a component that nobody knows yet', 'invented, to stand for what Meta adds next', 'composed', [
    { type: 'hologram', parameters: [{ type: 'hologram', hologram: { layers: [1, 2] } }] },
  ]),
] as const satisfies readonly SendSample[]
