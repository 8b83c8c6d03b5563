import type { z } from 'zod'
import {
  payloadExample,
  reservedEventTypes,
  webhookCatalogue,
  webhookEventTypes,
} from '../../../../domain/webhooks/events.ts'
import { jsonSchemaOf } from '../../plugins/webhook-schemas.ts'
import type { eventTypesAnswer } from './schema.ts'

/** The catalogue of events, with those whose names are only kept at its end. */
export function presentCatalogue(): z.input<typeof eventTypesAnswer> {
  const known = webhookEventTypes.map((type) => ({
    type,
    description: webhookCatalogue[type].summary,
    reserved: false,
    schema: jsonSchemaOf(type),
    example: payloadExample(type),
  }))
  const reserved = reservedEventTypes.map((type) => ({
    type,
    description: 'Reserved.',
    reserved: true,
    schema: null,
    example: null,
  }))
  return { success: true, data: [...known, ...reserved] }
}
