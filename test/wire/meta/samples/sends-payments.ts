import { type Json, type SendSample } from './sample.ts'
import { toUser } from './sends-plain.ts'

const money = (value: number) => ({ value, offset: 100 })

const order = {
  status: 'pending',
  tax: { ...money(0), description: 'none' },
  items: [{ retailer_id: 'sku-aloe-7', name: 'Aloe', amount: money(50_000), quantity: 1 }],
  subtotal: money(50_000),
} as const

const brazil = (setting: Json) =>
  ({
    reference_id: 'order-4711',
    type: 'digital-goods',
    payment_type: 'br',
    payment_settings: [setting],
    currency: 'BRL',
    total_amount: money(50_000),
    order,
  }) as const

const pix = {
  type: 'pix_dynamic_code',
  pix_dynamic_code: {
    code: '00020101021226700014br.gov.bcb.pix2548pix.example.com/qr',
    merchant_name: 'Fern & Sons',
    key: '49580525000199',
    key_type: 'CNPJ',
  },
} as const

const details = (name: string, source: string, parameters: Json) =>
  ({
    name: `order_details, ${name}`,
    source,
    certainty: 'example',
    body: toUser({
      type: 'interactive',
      interactive: {
        type: 'order_details',
        body: { text: 'Your order' },
        footer: { text: 'Fern & Sons' },
        action: { name: 'review_and_pay', parameters },
      },
    }),
  }) as const satisfies SendSample

/** Bills and what becomes of them. */
export const paymentSends = [
  details('Brazil, Pix', 'payments/payments-br/offsite-pix', brazil(pix)),
  details(
    'Brazil, Boleto',
    'payments/payments-br/boleto',
    brazil({
      type: 'boleto',
      boleto: { digitable_line: '13399026944140000002628346101018898510000008899' },
    }),
  ),
  details(
    'Brazil, link',
    'payments/payments-br/payment-links',
    brazil({ type: 'payment_link', payment_link: { uri: 'https://pay.fern.example/4711' } }),
  ),
  details(
    'Brazil, card on file',
    'payments/payments-br/one-click-payments',
    brazil({
      type: 'offsite_card_pay',
      offsite_card_pay: { last_four_digits: '4242', credential_id: '7654321' },
    }),
  ),
  details('India, gateway', 'payments/payments-in/pg', {
    reference_id: 'order-4712',
    type: 'digital-goods',
    payment_settings: [
      {
        type: 'payment_gateway',
        payment_gateway: {
          type: 'razorpay',
          configuration_name: 'razorpay-live',
          razorpay: { receipt: 'receipt-4712', notes: { shop: 'north' } },
        },
      },
    ],
    currency: 'INR',
    total_amount: money(21_000),
    order: {
      status: 'pending',
      catalog_id: '274836987003877',
      expiration: { timestamp: '1763979600', description: 'We hold it for three days.' },
      items: [
        {
          retailer_id: 'sku-aloe-7',
          name: 'Aloe',
          amount: money(10_000),
          quantity: 2,
          sale_amount: money(10_000),
        },
      ],
      subtotal: money(20_000),
      tax: { ...money(1_000), description: 'GST' },
      shipping: { ...money(1_000), description: 'by post' },
      discount: { ...money(1_000), description: 'thanks', discount_program_name: 'friends' },
    },
  }),
  details('India, UPI intent', 'payments/payments-in/upi-intent', {
    reference_id: 'order-4713',
    type: 'physical-goods',
    payment_type: 'upi',
    payment_configuration: 'upi-live',
    currency: 'INR',
    total_amount: money(50_000),
    order,
  }),
  {
    name: 'order_status',
    source: 'payments/payments-br/orders',
    certainty: 'example',
    body: toUser({
      type: 'interactive',
      interactive: {
        type: 'order_status',
        body: { text: 'We are packing.' },
        footer: { text: 'Fern & Sons' },
        action: {
          name: 'review_order',
          parameters: {
            reference_id: 'order-4711',
            order: { status: 'processing', description: 'Soon' },
            payment: { status: 'captured', timestamp: 1763720400 },
          },
        },
      },
    }),
  },
  {
    name: 'template, with a button order_details',
    source: 'payments/payments-br/orderdetailstemplate',
    certainty: 'example',
    body: toUser({
      type: 'template',
      template: {
        name: 'bill',
        language: { policy: 'deterministic', code: 'pt_BR' },
        components: [
          {
            type: 'button',
            sub_type: 'order_details',
            index: 0,
            parameters: [{ type: 'action', action: { order_details: brazil(pix) } }],
          },
        ],
      },
    }),
  },
  {
    // A component of its own, which is no button.
    name: 'template, with a component order_status',
    source: 'payments/payments-in/orderstatustemplate',
    certainty: 'example',
    body: toUser({
      type: 'template',
      template: {
        name: 'parcel',
        language: { policy: 'deterministic', code: 'en' },
        components: [
          {
            type: 'order_status',
            parameters: [
              {
                type: 'order_status',
                order_status: {
                  reference_id: 'order-4711',
                  order: { status: 'shipped', description: 'On its way' },
                },
              },
            ],
          },
        ],
      },
    }),
  },
] as const satisfies readonly SendSample[]
