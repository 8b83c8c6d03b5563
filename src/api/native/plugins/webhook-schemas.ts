import { z } from 'zod'
import {
  payloadExample,
  payloadSchema,
  webhookCatalogue,
  webhookEventTypes,
  type WebhookEventType,
} from '../../../domain/webhooks/events.ts'

/** The JSON Schema of the whole body of an event, in the dialect of OpenAPI 3.1. */
export function jsonSchemaOf(type: WebhookEventType): Record<string, unknown> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(payloadSchema(type), {
    // A receiver must take fields that are added later.
    io: 'input',
    override({ jsonSchema }) {
      // A format says what its pattern repeats at length; the example stands beside the schema.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern
      delete jsonSchema.examples
    },
  })
  return schema
}

const headers = [
  {
    name: 'webhook-id',
    description: 'The event: the same on every attempt. Handle each once.',
    schema: { type: 'string', format: 'uuid' },
    example: '019a9d6e-5a10-7d3e-8c11-2f4b6a8d0c1e',
  },
  {
    name: 'webhook-timestamp',
    description: 'The time of this attempt, in Unix seconds.',
    schema: { type: 'string' },
    example: '1774692004',
  },
  {
    name: 'webhook-signature',
    description: 'Signatures per Standard Webhooks, one for each live secret, separated by blanks.',
    schema: { type: 'string' },
    example: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
].map((header) => ({ ...header, in: 'header', required: true }))

/** The `webhooks` section of the OpenAPI document: what endpoints are sent, type by type. */
export function webhooksSection(): Record<string, object> {
  return Object.fromEntries(
    webhookEventTypes.map((type) => [
      type,
      {
        post: {
          operationId: `on${type
            .split(/[._]/)
            .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
            .join('')}`,
          tags: ['Webhooks'],
          summary: webhookCatalogue[type].summary,
          security: [],
          parameters: headers,
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchemaOf(type), example: payloadExample(type) } },
          },
          responses: {
            '2XX': { description: 'Delivered. Anything else is tried again; 410 disables the endpoint.' },
          },
        },
      },
    ]),
  )
}
