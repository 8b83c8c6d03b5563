import { z } from 'zod'
import { file, id, namedFile, text } from './fields.ts'
import { openUnion, type AnyOf } from './open.ts'

// The values that fill a template, in the shape of Meta's Cloud API. Source: Meta, "Template components".

const named = { parameter_name: z.string().min(1).max(64).optional() }

/**
 * Meta's definition of a template holds 60 characters in a header and 1,024 in a body; how long a value that fills it
 * may be is said nowhere but in its OpenAPI description: 32,768. What turns out too long in its place, Meta refuses.
 */
const valueMax = 32_768

const parameters = {
  text: z.looseObject({ type: z.literal('text'), text: text(valueMax), ...named }),
  currency: z.looseObject({
    type: z.literal('currency'),
    currency: z.looseObject({
      fallback_value: text(valueMax),
      code: z.string().length(3),
      amount_1000: z.number().int(),
    }),
    ...named,
  }),
  date_time: z.looseObject({
    type: z.literal('date_time'),
    date_time: z.looseObject({ fallback_value: text(valueMax) }),
    ...named,
  }),
  image: z.looseObject({ type: z.literal('image'), image: file }),
  video: z.looseObject({ type: z.literal('video'), video: file }),
  document: z.looseObject({ type: z.literal('document'), document: namedFile }),
  location: z.looseObject({
    type: z.literal('location'),
    location: z.looseObject({
      latitude: z.union([z.number(), z.string().min(1).max(32)]),
      longitude: z.union([z.number(), z.string().min(1).max(32)]),
      name: text(1000).optional(),
      address: text(1000).optional(),
    }),
  }),
  product: z.looseObject({
    type: z.literal('product'),
    product: z.looseObject({ product_retailer_id: id, catalog_id: id }),
  }),
  payload: z.looseObject({ type: z.literal('payload'), payload: text(256) }),
  coupon_code: z.looseObject({
    type: z.literal('coupon_code'),
    coupon_code: text(15).regex(/^[A-Za-z0-9]+$/, 'may have letters and digits only'),
  }),
  ttl_minutes: z.looseObject({
    type: z.literal('ttl_minutes'),
    ttl_minutes: z.number().int().positive(),
  }),
  limited_time_offer: z.looseObject({
    type: z.literal('limited_time_offer'),
    limited_time_offer: z.looseObject({ expiration_time_ms: z.number().int().positive() }),
  }),
  action: z.looseObject({
    type: z.literal('action'),
    action: z.looseObject({ sections: z.array(z.looseObject({})).max(10).optional() }),
  }),
  order_status: z.looseObject({ type: z.literal('order_status'), order_status: z.looseObject({}) }),
  tap_target_configuration: z.looseObject({
    type: z.literal('tap_target_configuration'),
    tap_target_configuration: z.array(z.looseObject({ url: z.url(), title: z.string().min(1) })).min(1),
  }),
}

/** The types of values that we know. */
export const parameterTypes: ReadonlySet<string> = new Set(Object.keys(parameters))

/** One value that fills a placeholder of a template. */
export const templateParameter = openUnion<AnyOf<typeof parameters>>(parameters)
export type TemplateParameter = z.infer<typeof templateParameter>
