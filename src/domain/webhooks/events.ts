import { z } from 'zod'
import { deliveryData, endpointData, messageData, sessionData, statusData, templateData } from './payloads.ts'
import { otpData } from './otp-payloads.ts'
import { receivedData } from './received.ts'
import { deviceData, elsewhereData } from './device-payloads.ts'
import {
  echoedData,
  healthData,
  notificationData,
  preferencesData,
  templateChangeData,
} from './notice-payloads.ts'

interface Entry<Data extends z.ZodType = z.ZodType> {
  summary: string
  data: Data
}

function entry<Data extends z.ZodType>(summary: string, data: Data): Entry<Data> {
  return { summary, data }
}

/** The type that repeats the others in the payload of the public WhatsAPI (`PUT /auth/me/webhook`); an endpoint must subscribe to it by name. */
export const referenceType = 'message.status_updated'

/** Every type of event that a webhook endpoint can subscribe to: its summary, and the schema of its `data`. */
export const webhookCatalogue = {
  [referenceType]: entry(
    'A message became sent, delivered, read, failed or canceled; in the shape of PUT /auth/me/webhook.',
    statusData,
  ),
  'message.queued': entry(
    'A message stands in line: accepted, let go by its schedule, or retried.',
    messageData('queued'),
  ),
  'message.sent': entry('WhatsApp took a message.', messageData('sent')),
  'message.delivered': entry('A message reached the recipient’s device.', messageData('delivered')),
  'message.read': entry('The recipient read a message.', messageData('read')),
  'message.failed': entry('A message will not arrive.', messageData('failed')),
  'message.expired': entry('A message was not handed over within its time to live.', messageData('expired')),
  'message.unconfirmed': entry(
    'A message was taken by WhatsApp, and the time in which its delivery could be confirmed is over; of messages sent through connect-hub.',
    messageData('unconfirmed'),
  ),
  'message.canceled': entry('A message was called off before it was handed over.', messageData('canceled')),
  'message.received': entry('A customer wrote to one of your senders.', receivedData),
  'message.echoed': entry(
    'Your business sent a message by other means: its phone app, or another program of the number.',
    echoedData,
  ),
  'contact.preferences_updated': entry(
    'A customer asked one of your senders to stop marketing messages, or to resume.',
    preferencesData,
  ),
  'session.stopped': entry(
    'A sender was stopped until you act: its provider refuses it.',
    sessionData.stopped,
  ),
  'session.paused': entry('A sender is held back for a while: its provider fails.', sessionData.paused),
  'session.resumed': entry('A sender that was held back goes on.', sessionData.resumed),
  'session.verified': entry(
    'A sender’s credentials were proven; one that was stopped goes again.',
    sessionData.verified,
  ),
  'session.health_updated': entry(
    'The provider told of a sender’s limits, quality, name, restrictions or account.',
    healthData,
  ),
  'session.qr': entry('A QR code to link a device is shown; it changes every 20 seconds.', deviceData.qr),
  'session.code': entry('A pairing code to link a device is shown.', deviceData.code),
  'session.paired': entry('A phone has linked a device.', deviceData.paired),
  'session.connected': entry('A linked device is connected: its messages go out.', deviceData.connected),
  'session.disconnected': entry(
    'A linked device lost its connection, or you disconnected it; its messages wait.',
    deviceData.disconnected,
  ),
  'session.restricted': entry(
    'WhatsApp refuses a linked device chats with new people for a while, or takes them again.',
    deviceData.restricted,
  ),
  'session.unpaired': entry('A pairing was not finished in time, or given up.', deviceData.unpaired),
  'session.logged_out': entry('A linked device was unlinked: pair it again.', deviceData.loggedOut),
  'session.replaced': entry('Another program uses the pairing of a linked device.', deviceData.replaced),
  'session.banned': entry('WhatsApp refuses the number of a linked device.', deviceData.banned),
  'message.sent_elsewhere': entry(
    'The owner of a linked phone wrote a message elsewhere; told when the session asks for it.',
    elsewhereData,
  ),
  'otp.sent': entry('A one-time password left for its recipient.', otpData.sent),
  'otp.delivered': entry('A one-time password reached the recipient’s device.', otpData.delivered),
  'otp.read': entry('The recipient read a one-time password.', otpData.read),
  'otp.verified': entry('The right code was given.', otpData.verified),
  'otp.failed': entry(
    'A verification ended without success, or its code could not be delivered by any sender.',
    otpData.failed,
  ),
  'otp.expired': entry('A one-time password was not used within its life.', otpData.expired),
  'otp.reported': entry(
    'The recipient of a one-time password said that they did not ask for it; it is canceled.',
    otpData.reported,
  ),
  'template.status_updated': entry('Meta changed the status of a message template.', templateData),
  'template.updated': entry(
    'The quality, category or components of a message template changed.',
    templateChangeData,
  ),
  'provider.notification': entry(
    'Anything else that the provider told, in its own words: calls, groups, flows, payments, security, history.',
    notificationData,
  ),
  'endpoint.disabled': entry(
    'A webhook endpoint was disabled: it is gone, or failed for too long.',
    endpointData.disabled,
  ),
  'endpoint.recovered': entry(
    'A webhook endpoint that failed takes deliveries again.',
    endpointData.recovered,
  ),
  'delivery.failing': entry(
    'An event could not be delivered four times in a row; it is tried on.',
    deliveryData.failing,
  ),
  'delivery.exhausted': entry('An event was given up after its last attempt.', deliveryData.exhausted),
} as const satisfies Record<string, Entry>
export type WebhookEventType = keyof typeof webhookCatalogue

export const webhookEventTypes = Object.keys(webhookCatalogue).filter(isWebhookEventType)

/** True for a type that the catalogue has. */
export function isWebhookEventType(type: string): type is WebhookEventType {
  return Object.hasOwn(webhookCatalogue, type)
}

/** Events about deliveries themselves: when one of these cannot be delivered, no further event is published about it. */
export function isOperational(type: string): boolean {
  return type.startsWith('endpoint.') || type.startsWith('delivery.')
}

/**
 * The whole body of an event of a type: `{ event, timestamp, data }` in the shape of that API, and
 * `{ type, timestamp, data }` per Standard Webhooks for all others.
 */
export function payloadSchema(type: WebhookEventType): z.ZodType {
  const { data } = webhookCatalogue[type]
  const shape = { timestamp: z.iso.datetime().meta({ description: 'When it happened.' }), data }
  return type === referenceType
    ? z.object({ event: z.literal(type), ...shape })
    : z.object({ type: z.literal(type), ...shape })
}

/** An example of the whole body of an event of a type. */
export function payloadExample(type: WebhookEventType): Record<string, unknown> {
  const data = z.globalRegistry.get(webhookCatalogue[type].data)?.examples
  const [example] = Array.isArray(data) ? data : []
  const name = type === referenceType ? 'event' : 'type'
  return { [name]: type, timestamp: '2026-03-28T10:00:04.000Z', data: example }
}

/** The types that are announced by themselves, not by the statement that changes a message. */
type PublishedType =
  | Exclude<WebhookEventType, `message.${string}`>
  | 'message.sent_elsewhere'
  | 'message.unconfirmed'

/** An event to publish to the endpoints of an account; the type decides the shape of `data`. */
export type NewEvent = {
  [Type in PublishedType]: {
    accountId: string
    /** The sender it is about, by which endpoints filter; absent: endpoints with a filter get it as well. */
    sessionId?: string | null
    /** By which a strictly ordered endpoint keeps order; the sender if absent. */
    orderKey?: string | null
    /** When it happened; now if absent. */
    at?: Date
    /** Its id, for a report that may come twice and is published once; a new one if absent. */
    id?: string
    type: Type
    data: z.infer<(typeof webhookCatalogue)[Type]['data']>
  }
}[PublishedType]
