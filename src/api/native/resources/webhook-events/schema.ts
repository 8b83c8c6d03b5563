import { z } from 'zod'
import { payloadExample, webhookCatalogue } from '../../../../domain/webhooks/events.ts'
import { success } from '../../plugins/envelope.ts'
import { jsonSchemaOf } from '../../plugins/webhook-schemas.ts'

const anything = z.record(z.string(), z.unknown())

export const eventTypesAnswer = success(
  z.array(
    z.object({
      type: z.string(),
      description: z.string(),
      reserved: z.boolean().meta({ description: 'True: the name is kept, and nothing emits it yet.' }),
      schema: anything.nullable().meta({ description: 'JSON Schema of the whole body.' }),
      example: anything.nullable(),
    }),
  ),
).meta({
  examples: [
    {
      success: true,
      data: [
        {
          type: 'session.resumed',
          description: webhookCatalogue['session.resumed'].summary,
          reserved: false,
          schema: jsonSchemaOf('session.resumed'),
          example: payloadExample('session.resumed'),
        },
      ],
    },
  ],
})
