import { accountFields, accountUpdates } from './fields-account.ts'
import { appFields } from './fields-app.ts'
import { callFields } from './fields-calls.ts'
import { flowFields } from './fields-flows.ts'
import { groupFields } from './fields-groups.ts'
import { numberFields, otherFields } from './fields-number.ts'
import { templateFields } from './fields-templates.ts'
import { defaultContacts, errorsUrl, metadata, received, type FieldSample } from './sample.ts'

/** The field of messages; its parts are in `inbound.ts` and `statuses.ts`. */
const messageFields = [
  {
    name: 'messages, one text',
    source: 'webhooks/reference/messages',
    certainty: 'example',
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata,
      contacts: defaultContacts,
      messages: [received('FIELDTEXT', { type: 'text', text: { body: 'Hello' } })],
    },
  },
  {
    // An error that belongs to no message.
    name: 'messages, an error alone',
    source: 'webhooks/reference/messages/errors',
    certainty: 'example',
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata,
      errors: [
        {
          code: 130429,
          title: 'Rate limit hit',
          message: 'Rate limit hit',
          error_data: { details: 'Too many messages were sent from this phone number in a short time.' },
          href: errorsUrl,
        },
      ],
    },
  },
] as const satisfies readonly FieldSample[]

/** At least one value of every field of Meta's callbacks, as it stands in `changes`. */
export const fieldSamples: readonly FieldSample[] = [
  ...messageFields,
  ...templateFields,
  ...accountUpdates,
  ...accountFields,
  ...numberFields,
  ...appFields,
  ...callFields,
  ...groupFields,
  ...flowFields,
  ...otherFields,
]
