import { z } from 'zod'
import { inAnyCase, openUnion, type AnyOf, type OtherPart } from './open.ts'
import { templateParameter } from './template-parameters.ts'

// The components of a template message, in the shape of Meta's Cloud API. Source: Meta, "Template components".

/** The kinds of buttons that we know, by which a button's place in its template is checked. */
export const buttonSubTypes = [
  'quick_reply',
  'url',
  'copy_code',
  'flow',
  'catalog',
  'mpm',
  'spm',
  'order_details',
  'voice_call',
] as const

/** Buttons that Meta lets stand without their place; one of an unknown kind may, too. */
const placeless: readonly string[] = ['voice_call']
const subTypes: readonly string[] = buttonSubTypes
const isOrdinary = (subType: string) => subTypes.includes(subType) && !placeless.includes(subType)

const buttonIndex = z.union(
  [z.number().int().min(0).max(9), z.string().regex(/^[0-9]$/)],
  'must be the place of the button in its template, from 0 to 9',
)

const button = z
  .looseObject({
    type: z.literal('button'),
    sub_type: inAnyCase(buttonSubTypes).meta({
      description: `${buttonSubTypes.join(', ')}; any other is handed on as it is.`,
    }),
    index: buttonIndex.optional(),
    parameters: z.array(templateParameter).optional(),
  })
  .superRefine(({ sub_type, index, parameters = [] }, context) => {
    if (!isOrdinary(sub_type)) return
    if (index === undefined) context.addIssue({ code: 'custom', path: ['index'], message: 'is required' })
    if (parameters.length > 1) {
      const message = `must have at most 1 item: a ${sub_type} button takes one value`
      context.addIssue({ code: 'custom', path: ['parameters'], message })
    }
  })

const plain = {
  header: z.looseObject({
    type: z.literal('header'),
    parameters: z.array(templateParameter).max(1).optional(),
  }),
  body: z.looseObject({ type: z.literal('body'), parameters: z.array(templateParameter).optional() }),
  button,
}
const cardComponent = openUnion<AnyOf<typeof plain>>(plain)

const components = {
  ...plain,
  limited_time_offer: z.looseObject({
    type: z.literal('limited_time_offer'),
    parameters: z.array(templateParameter).length(1),
  }),
  carousel: z.looseObject({
    type: z.literal('carousel'),
    cards: z
      .array(
        z.looseObject({
          card_index: z.number().int().min(0).max(9),
          components: z.array(cardComponent).min(1),
        }),
      )
      .min(1)
      .max(10),
  }),
  order_status: z.looseObject({
    type: z.literal('order_status'),
    parameters: z.array(templateParameter).length(1),
  }),
  tap_target_configuration: z.looseObject({
    type: z.literal('tap_target_configuration'),
    parameters: z.array(templateParameter).length(1),
  }),
}
/** The components whose form we know, by their type. */
export type KnownComponents = { [Type in keyof typeof components]: z.infer<(typeof components)[Type]> }
export type TemplateComponent = KnownComponents[keyof KnownComponents] | OtherPart

export const templateComponent = openUnion<AnyOf<typeof components>>(components)

/** Whether a component, which was checked by its type when it came, is of this type. */
export function isComponent<Type extends keyof KnownComponents>(
  component: TemplateComponent,
  type: Type,
): component is KnownComponents[Type] {
  return component.type === type
}
