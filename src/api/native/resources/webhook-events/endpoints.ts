import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { refusals } from '../../plugins/envelope.ts'
import { presentCatalogue } from './present.ts'
import { eventTypesAnswer } from './schema.ts'

export function webhookEventEndpoints(): Resource {
  const catalogue = presentCatalogue()
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/webhook-events',
        operationId: 'webhookEvents.list',
        scope: 'read',
        schema: {
          tags: ['Webhooks'],
          summary: 'List the types of events',
          description:
            'What webhook endpoints can hear: each type with the JSON Schema of its body and an example.',
          response: { 200: eventTypesAnswer, ...refusals() },
        },
        handler: () => catalogue,
      }),
    ],
  }
}
