import { exampleId, type Sample } from '../sample.ts'

const hourMs = 3_600_000

/** The hour that lies some hours from a moment, without minutes. */
function hourOf(now: Date, hours: number): string {
  return new Date(now.getTime() + hours * hourMs).toISOString().slice(0, 13)
}

/** The calls of the guide that read and follow messages, by id. `now` gives their dates a recent past. */
export const followingSamples = (now: Date): Record<string, Sample> => ({
  get: {
    operation: 'messages.get',
    params: {
      id: '{MESSAGE_ID}',
    },
    shows: 'status',
    answer: {
      success: true,
      data: {
        id: exampleId,
        to: '14155552671',
        body: 'Hi Sarah! Your order #1234 has shipped.',
        status: 'delivered',
        sentAt: '2026-03-28T10:00:01.000Z',
        deliveredAt: '2026-03-28T10:00:04.000Z',
        readAt: null,
        failedAt: null,
        errorMessage: null,
        metadata: {
          orderId: '1234',
        },
        timeline: [
          {
            status: 'queued',
            at: '2026-03-28T10:00:00.000Z',
          },
          {
            status: 'sent',
            at: '2026-03-28T10:00:01.000Z',
          },
          {
            status: 'delivered',
            at: '2026-03-28T10:00:04.000Z',
          },
        ],
      },
    },
  },
  list: {
    operation: 'messages.list',
    query: 'status=failed&limit=50',
  },
  retry: {
    operation: 'messages.retry',
    params: {
      id: '{MESSAGE_ID}',
    },
  },
  webhook: {
    operation: 'auth.setWebhook',
    body: {
      url: 'https://app.example.com/webhooks/hermod',
    },
    shows: 'secret',
  },
  endpoint: {
    operation: 'webhookEndpoints.create',
    body: {
      url: 'https://app.example.com/webhooks/orders',
      events: ['message.delivered', 'message.failed', 'message.received'],
    },
    shows: 'secret',
  },
  events: {
    operation: 'webhookEvents.list',
  },
  'endpoint-test': {
    operation: 'webhookEndpoints.test',
    params: {
      id: '{ENDPOINT_ID}',
    },
    body: {
      type: 'message.delivered',
    },
  },
  deliveries: {
    operation: 'webhookDeliveries.list',
    params: {
      id: '{ENDPOINT_ID}',
    },
    query: 'status=failed',
  },
  resend: {
    operation: 'webhookDeliveries.resend',
    params: {
      id: '{DELIVERY_ID}',
    },
  },
  recover: {
    operation: 'webhookEndpoints.recover',
    params: {
      id: '{ENDPOINT_ID}',
    },
    body: {
      since: `${hourOf(now, -24)}:00:00Z`,
    },
  },
  'bot-endpoint': {
    operation: 'webhookEndpoints.create',
    body: { url: 'https://app.example.com/bot', events: ['message.received'] },
    shows: 'secret',
  },
  'play-inbound': {
    operation: 'sessions.playInbound',
    params: { id: 'sandbox' },
    body: { from: '14155552671', profileName: 'Sarah', message: 'Hi!' },
    shows: 'id',
  },
  conversation: {
    operation: 'messages.list',
    query: 'with=14155552671&order=asc',
  },
  contacts: {
    operation: 'contacts.list',
  },
  summary: {
    operation: 'analytics.summary',
    query: 'from=2026-03-01&to=2026-03-31',
    answer: {
      success: true,
      data: {
        total: 1042,
        byStatus: {
          delivered: 980,
          failed: 52,
          sent: 10,
        },
        deliveryRate: 0.9405,
        failureRate: 0.0499,
        from: '2026-03-01T00:00:00.000Z',
        to: '2026-04-01T00:00:00.000Z',
      },
    },
  },
  timeseries: {
    operation: 'analytics.timeseries',
    query: 'interval=hour',
    shows: 'points',
  },
  credits: {
    operation: 'billing.credits',
    shows: 'balance',
    answer: {
      success: true,
      data: {
        balance: 99,
        mode: 'enforced',
        entries: [
          {
            id: exampleId,
            kind: 'debit',
            amount: -1,
            balance: 99,
            messageId: exampleId,
            note: null,
            createdAt: '2026-03-28T10:00:00.000Z',
          },
        ],
      },
      pagination: {
        limit: 20,
        nextCursor: null,
      },
    },
  },
})
