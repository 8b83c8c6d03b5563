import { z } from 'zod'

// The content of a template message, in the shape of Meta's Cloud API.

/** A text with at least one character. */
export const text = (max: number) => z.string().min(1).max(max)
export const id = z.string().min(1).max(256)

/** A file by the provider's id or by a public URL. */
export const mediaParameter = z
  .strictObject({ id: id.optional(), link: z.url().max(2048).optional() })
  .refine(
    (media) => (media.id === undefined) !== (media.link === undefined),
    'give exactly one of id and link',
  )

const namedParameter = { parameter_name: z.string().min(1).max(64).optional() }

/** One value that fills a placeholder of a template. */
export const templateParameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: text(1024), ...namedParameter }),
  z.strictObject({
    type: z.literal('currency'),
    currency: z.strictObject({
      fallback_value: text(60),
      code: z.string().length(3),
      amount_1000: z.number().int(),
    }),
    ...namedParameter,
  }),
  z.strictObject({
    type: z.literal('date_time'),
    date_time: z.strictObject({ fallback_value: text(60) }),
    ...namedParameter,
  }),
  z.strictObject({ type: z.literal('image'), image: mediaParameter }),
  z.strictObject({ type: z.literal('video'), video: mediaParameter }),
  z.strictObject({
    type: z.literal('document'),
    document: z
      .strictObject({
        id: id.optional(),
        link: z.url().max(2048).optional(),
        filename: text(240).optional(),
      })
      .refine(
        (media) => (media.id === undefined) !== (media.link === undefined),
        'give exactly one of id and link',
      ),
  }),
  z.strictObject({
    type: z.literal('location'),
    location: z.strictObject({
      latitude: z.union([z.number(), z.string()]),
      longitude: z.union([z.number(), z.string()]),
      name: text(1000).optional(),
      address: text(1000).optional(),
    }),
  }),
  z.strictObject({ type: z.literal('payload'), payload: text(256) }),
  z.strictObject({ type: z.literal('coupon_code'), coupon_code: text(20) }),
  z.strictObject({
    type: z.literal('limited_time_offer'),
    limited_time_offer: z.strictObject({ expiration_time_ms: z.number().int().positive() }),
  }),
  z.strictObject({
    type: z.literal('product'),
    product: z.strictObject({ product_retailer_id: id, catalog_id: id }),
  }),
  z.strictObject({
    type: z.literal('action'),
    action: z.looseObject({}),
  }),
])

const buttonIndex = z.union([z.number().int().min(0).max(9), z.string().regex(/^[0-9]$/)])

const headerComponent = z.strictObject({
  type: z.literal('header'),
  parameters: z.array(templateParameter).max(1),
})
const bodyComponent = z.strictObject({
  type: z.literal('body'),
  parameters: z.array(templateParameter).max(100),
})
const buttonComponent = z.strictObject({
  type: z.literal('button'),
  sub_type: z.enum([
    'quick_reply',
    'url',
    'copy_code',
    'flow',
    'catalog',
    'mpm',
    'spm',
    'order_details',
    'voice_call',
  ]),
  index: buttonIndex,
  parameters: z.array(templateParameter).max(1).optional(),
})
const limitedTimeOfferComponent = z.strictObject({
  type: z.literal('limited_time_offer'),
  parameters: z.array(templateParameter).length(1),
})
const cardComponent = z.discriminatedUnion('type', [headerComponent, bodyComponent, buttonComponent])
const carouselComponent = z.strictObject({
  type: z.literal('carousel'),
  cards: z
    .array(
      z.strictObject({
        card_index: z.number().int().min(0).max(9),
        components: z.array(cardComponent).min(1),
      }),
    )
    .min(1)
    .max(10),
})

export const templateComponent = z.discriminatedUnion('type', [
  headerComponent,
  bodyComponent,
  buttonComponent,
  limitedTimeOfferComponent,
  carouselComponent,
])

export const templateContent = z.strictObject({
  type: z.literal('template'),
  name: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[a-z0-9_]+$/, 'a template name has lower-case letters, digits and underscores only'),
  /** A Meta language code such as `en_US`. */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$/, 'a language code looks like en or en_US'),
  components: z.array(templateComponent).max(20).optional(),
})
