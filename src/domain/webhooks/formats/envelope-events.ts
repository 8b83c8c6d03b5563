import type { WebhookEventType } from '../events.ts'
import { messageView, receivedView, sessionView, type EventView, type Payload } from './envelope-views.ts'

interface EnvelopeEvent {
  name: string
  description: string
  /** The types of events that it stands for; none: it can be subscribed to, and nothing comes of it. */
  types: readonly WebhookEventType[]
  /** Which events of these types; all if absent. */
  suits?(payload: Payload): boolean
  view: EventView
}

const statusTypes = [
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.expired',
  'message.canceled',
] as const

const isPlain = ({ data }: Payload) => data['type'] !== 'reaction' && data['type'] !== 'revoke'
const isGroup = ({ data }: Payload) => (data['group'] ?? null) !== null

/**
 * The events of the format `envelope`. An event goes out once to an endpoint: under the first of these names that it
 * subscribes to and that suits.
 */
export const envelopeEvents: readonly EnvelopeEvent[] = [
  {
    name: 'message.received',
    description: 'Somebody wrote to one of your sessions.',
    types: ['message.received'],
    suits: isPlain,
    view: receivedView,
  },
  {
    name: 'message.received.personal',
    description: 'The same, in a chat of two.',
    types: ['message.received'],
    suits: (payload) => isPlain(payload) && !isGroup(payload),
    view: receivedView,
  },
  {
    name: 'message.received.group',
    description: 'The same, in a group.',
    types: ['message.received'],
    suits: (payload) => isPlain(payload) && isGroup(payload),
    view: receivedView,
  },
  {
    name: 'message.reaction',
    description: 'Somebody reacted to a message.',
    types: ['message.received'],
    suits: ({ data }) => data['type'] === 'reaction',
    view: receivedView,
  },
  {
    name: 'message.deleted',
    description: 'Somebody took a message back.',
    types: ['message.received'],
    suits: ({ data }) => data['type'] === 'revoke',
    view: receivedView,
  },
  {
    name: 'message.sent',
    description: 'WhatsApp took a message.',
    types: ['message.sent'],
    view: messageView,
  },
  {
    name: 'message.delivered',
    description: 'A message reached the recipient’s device.',
    types: ['message.delivered'],
    view: messageView,
  },
  {
    name: 'message.read',
    description: 'The recipient read a message.',
    types: ['message.read'],
    view: messageView,
  },
  {
    name: 'message.failed',
    description: 'A message will not arrive.',
    types: ['message.failed', 'message.expired', 'message.canceled'],
    view: messageView,
  },
  {
    name: 'message.updated',
    description: 'The status of a message changed, where no narrower name is subscribed to.',
    types: statusTypes,
    view: messageView,
  },
  {
    name: 'session.connected',
    description: 'A session is connected: its messages go out.',
    types: ['session.connected', 'session.verified'],
    view: sessionView('connected'),
  },
  {
    name: 'session.reconnecting',
    description: 'A session lost its connection, and comes back by itself.',
    types: ['session.disconnected'],
    suits: ({ data }) => (data['nextRetryAt'] ?? null) !== null,
    view: sessionView('connecting'),
  },
  {
    name: 'session.disconnected',
    description: 'A session is not connected any more.',
    types: [
      'session.disconnected',
      'session.logged_out',
      'session.replaced',
      'session.banned',
      'session.stopped',
    ],
    view: sessionView('disconnected'),
  },
  {
    name: 'session.qr.updated',
    description: 'A new QR code is shown. The code itself comes by the stream of the session alone.',
    types: ['session.qr'],
    view: sessionView('qr_ready'),
  },
]

/** Groups of names that can be subscribed to, although nothing comes of them. */
export const silentNames = /^(chat|group|contact|call)\.[a-z][a-z_.]{0,60}$/
