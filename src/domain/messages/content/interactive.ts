import { z } from 'zod'
import { carousel } from './carousel.ts'
import { commerceKinds } from './commerce.ts'
import { text } from './fields.ts'
import { bodyOf, footer, frame, named, sectionsOf, textHeader } from './interactive-parts.ts'
import { excessOf, openUnion, type AnyOf } from './open.ts'

// Messages with something to tap on, in the shape of Meta's Cloud API. The limits are Meta's own; where its pages differ,
// the larger one holds. Source: Meta, "Interactive messages", "Sending a flow", "Calling".

const replyButton = openUnion({
  reply: z.looseObject({
    type: z.literal('reply'),
    reply: z.looseObject({ id: text(256), title: text(20) }),
  }),
})
const rows = sectionsOf(
  'rows',
  z.looseObject({ id: text(200), title: text(24), description: text(72).optional() }),
  { itemsMax: 10, called: 'rows' },
)

const flow = z
  .looseObject({
    flow_message_version: z.string().min(1),
    flow_id: z.string().min(1).optional(),
    flow_name: z.string().min(1).optional(),
    flow_cta: text(30),
  })
  .refine(
    ({ flow_id, flow_name }) => (flow_id === undefined) !== (flow_name === undefined),
    'give exactly one of flow_id and flow_name',
  )

const kinds = {
  button: z.looseObject({
    type: z.literal('button'),
    ...frame,
    action: z.looseObject({ buttons: z.array(replyButton).min(1).max(3) }),
  }),
  list: z.looseObject({
    type: z.literal('list'),
    header: textHeader.optional(),
    body: bodyOf(4_096),
    footer,
    action: z.looseObject({ button: text(20), sections: rows }),
  }),
  cta_url: z.looseObject({
    type: z.literal('cta_url'),
    ...frame,
    action: named('cta_url', z.looseObject({ display_text: text(20), url: z.url() })),
  }),
  flow: z.looseObject({ type: z.literal('flow'), ...frame, action: named('flow', flow) }),
  location_request_message: z.looseObject({
    type: z.literal('location_request_message'),
    body: bodyOf(1_024),
    action: named('send_location'),
  }),
  address_message: z.looseObject({
    type: z.literal('address_message'),
    ...frame,
    action: named('address_message', z.looseObject({ country: z.string().min(1) })),
  }),
  call_permission_request: z.looseObject({
    type: z.literal('call_permission_request'),
    body: bodyOf(1_024).optional(),
    action: named('call_permission_request'),
  }),
  voice_call: z.looseObject({
    type: z.literal('voice_call'),
    ...frame,
    action: named(
      'voice_call',
      z.looseObject({
        display_text: text(20).optional(),
        ttl_minutes: z.number().int().positive().optional(),
        payload: text(512).optional(),
      }),
    ),
  }),
  request_contact_info: z.looseObject({
    type: z.literal('request_contact_info'),
    body: bodyOf(1_024).optional(),
  }),
  carousel,
  ...commerceKinds,
}

/** No interactive message that Meta documents comes near. */
const bytesMax = 65_536

export const interactive = openUnion<AnyOf<typeof kinds>>(kinds).superRefine((part, context) => {
  const message = excessOf(part, bytesMax)
  if (message !== null) context.addIssue({ code: 'custom', message })
})
export type Interactive = z.infer<typeof interactive>
