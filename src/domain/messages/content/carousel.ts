import { z } from 'zod'
import { text } from './fields.ts'
import { bodyOf, header } from './interactive-parts.ts'
import { inAnyCase, openUnion } from './open.ts'

// A row of cards to swipe through. Source: Meta, "Interactive media carousel messages".

const cardText = text(160).refine(
  (value) => value.split('\n').length <= 3,
  'must have at most 2 line breaks on a card',
)
const cardButton = openUnion({
  quick_reply: z.looseObject({
    type: z.literal('quick_reply'),
    quick_reply: z.looseObject({ id: text(20), title: text(20) }),
  }),
})
const cardAction = z.looseObject({
  parameters: z.looseObject({ display_text: text(20).optional(), url: z.url().optional() }).optional(),
  buttons: z.array(cardButton).min(1).optional(),
})

export const carousel = z.looseObject({
  type: z.literal('carousel'),
  body: bodyOf(1_024),
  action: z.looseObject({
    cards: z
      .array(
        z.looseObject({
          card_index: z.number().int().min(0).max(9),
          type: inAnyCase(['cta_url', 'product']).optional(),
          header: header.optional(),
          body: z.looseObject({ text: cardText }).optional(),
          action: cardAction.optional(),
        }),
      )
      .min(2)
      .max(10),
  }),
})
