import { createHmac, randomBytes } from 'node:crypto'
import { isRecord } from '../../../kit/json/is-record.ts'
import { parseJson } from '../../../kit/json/parse-json.ts'
import { envelopeEvents } from './envelope-events.ts'
import type { Payload } from './envelope-views.ts'
import type { DeliveryFormat } from './format.ts'

/**
 * `{ id: "evt_...", type, timestamp, data }` with fields in snake case, signed in `X-Webhook-Signature` by
 * `sha256=` and the HMAC-SHA256 of the time in `X-Webhook-Timestamp`, a full stop and the body, in hexadecimal, keyed
 * with the secret as a text.
 */
export const envelope: DeliveryFormat = {
  newSecret: () => `whsec_${randomBytes(32).toString('hex')}`,
  typesOf: (names) => [
    ...new Set(envelopeEvents.filter(({ name }) => names.includes(name)).flatMap(({ types }) => types)),
  ],
  bodyOf({ eventId, type, payload: text, test }, names) {
    const payload = payloadOf(text)
    const stands = envelopeEvents.filter(
      ({ types, suits }) => types.some((one) => one === type) && (suits?.(payload) ?? true),
    )
    const found = stands.find(({ name }) => names.includes(name)) ?? (test ? stands[0] : undefined)
    if (found === undefined) return null
    const id = `evt_${eventId.replaceAll('-', '')}`
    return JSON.stringify({ id, type: found.name, timestamp: payload.timestamp, data: found.view(payload) })
  },
  headersOf({ at, body, secrets: [secret = ''], test }) {
    const timestamp = Math.floor(at.getTime() / 1_000).toString()
    const mac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
    return {
      'user-agent': 'WhatsAppAPI-Webhook/1.0',
      'x-webhook-timestamp': timestamp,
      'x-webhook-signature': `sha256=${mac}`,
      ...(test && { 'x-webhook-test': 'true' }),
    }
  },
}

function payloadOf(text: string): Payload {
  const payload = parseJson(text)
  const { timestamp, data } = isRecord(payload) ? payload : {}
  return { timestamp: String(timestamp), data: isRecord(data) ? data : {} }
}
