import type { z } from 'zod'
import { payloadExample, webhookCatalogue, webhookEventTypes } from '../../../../domain/webhooks/events.ts'
import { jsonSchemaOf } from '../../plugins/webhook-schemas.ts'
import type { eventTypesAnswer } from './schema.ts'

/** The catalogue of events. No name is kept for one that is not there yet. */
export function presentCatalogue(): z.input<typeof eventTypesAnswer> {
  const data = webhookEventTypes.map((type) => ({
    type,
    description: webhookCatalogue[type].summary,
    reserved: false,
    schema: jsonSchemaOf(type),
    example: payloadExample(type),
  }))
  return { success: true, data }
}
