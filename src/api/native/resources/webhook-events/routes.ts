import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { refusals } from '../../plugins/envelope.ts'
import { presentCatalogue } from './present.ts'
import { eventTypesAnswer } from './schema.ts'

export function webhookEventRoutes(): FastifyPluginCallbackZod {
  const catalogue = presentCatalogue()
  return (app, _options, done) => {
    app.get(
      '/webhook-events',
      {
        config: { scope: 'read' },
        schema: {
          tags: ['Webhooks'],
          summary: 'List the types of events',
          description:
            'What webhook endpoints can hear: each type with the JSON Schema of its body and an example.',
          response: { 200: eventTypesAnswer, ...refusals() },
        },
      },
      () => catalogue,
    )
    done()
  }
}
