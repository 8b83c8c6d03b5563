import { z } from 'zod'
import { text } from './fields.ts'
import { bodyOf, footer, named, sectionsOf, textHeader } from './interactive-parts.ts'

// Interactive messages about wares, bills and orders. Source: Meta, "Share products", "Orders".

/** Of the business, in a catalogue or a bill; Meta names no limit. */
const reference = z.string().min(1)
const wares = sectionsOf('product_items', z.looseObject({ product_retailer_id: reference }), {
  itemsMax: 30,
  called: 'products',
})

const referenceId = text(60).regex(/^[\w.-]+$/, 'may have letters, digits, underscores, dashes and dots only')
const orderDetails = z.looseObject({
  reference_id: referenceId,
  order: z
    .looseObject({
      items: z.array(z.looseObject({ name: text(60).optional() })).optional(),
      expiration: z.looseObject({ description: text(120).optional() }).optional(),
      discount: z.looseObject({ discount_program_name: text(60).optional() }).optional(),
    })
    .optional(),
})
const orderStatus = z.looseObject({
  reference_id: reference,
  order: z.looseObject({ description: text(120).optional() }).optional(),
})

export const commerceKinds = {
  product: z.looseObject({
    type: z.literal('product'),
    body: bodyOf(1_024).optional(),
    footer,
    action: z.looseObject({ catalog_id: reference, product_retailer_id: reference }),
  }),
  product_list: z.looseObject({
    type: z.literal('product_list'),
    header: textHeader,
    body: bodyOf(1_024),
    footer,
    action: z.looseObject({ catalog_id: reference, sections: wares }),
  }),
  catalog_message: z.looseObject({
    type: z.literal('catalog_message'),
    body: bodyOf(1_024),
    footer,
    action: named('catalog_message'),
  }),
  order_details: z.looseObject({
    type: z.literal('order_details'),
    body: bodyOf(1_024),
    footer,
    action: named('review_and_pay', orderDetails),
  }),
  order_status: z.looseObject({
    type: z.literal('order_status'),
    body: bodyOf(1_024),
    footer,
    action: named('review_order', orderStatus),
  }),
}
