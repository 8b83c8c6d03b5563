import { exampleId, type Sample } from '../sample.ts'

const dayMs = 24 * 3_600_000

/** The date that lies some days from a moment. */
function dayOf(now: Date, days: number): string {
  return new Date(now.getTime() + days * dayMs).toISOString().slice(0, 10)
}

/** The calls of the guide that connect a sender and send, by id. `now` gives their dates a future. */
export const sendingSamples = (now: Date): Record<string, Sample> => ({
  register: {
    operation: 'auth.register',
    body: {
      name: 'Your Name',
      email: 'you@example.com',
    },
    shows: 'apiKey',
    answer: {
      success: true,
      data: {
        apiKey: 'sk_live_a1b2c3...',
        plan: 'enterprise',
        accountId: exampleId,
      },
    },
  },
  'key-create': {
    operation: 'keys.create',
    body: {
      name: 'Order service',
      mode: 'live',
      scopes: ['send', 'read'],
    },
    shows: 'apiKey',
  },
  sandbox: {
    operation: 'messages.send',
    body: {
      to: '14155550100',
      message: 'Hello from the sandbox!',
      session: 'sandbox',
    },
    shows: 'id',
    answer: {
      success: true,
      data: {
        id: exampleId,
        status: 'queued',
        scheduledFor: null,
      },
    },
  },
  'otp-send': {
    operation: 'otp.send',
    body: {
      to: '14155550100',
      session: 'sandbox',
    },
    shows: 'id',
  },
  'otp-verify': {
    operation: 'otp.verify',
    body: {
      to: '14155550100',
      code: '123456',
    },
  },
  'otp-template': {
    operation: 'otpServices.makeTemplate',
    params: { name: 'default' },
    body: {
      languages: ['en_US', 'es', 'pt_BR'],
      session: 'sandbox',
    },
  },
  credentials: {
    operation: 'auth.setCredentials',
    body: {
      whatsappAccessToken: 'EAAG...',
      whatsappPhoneNumberId: '106540352242922',
    },
  },
  verify: {
    operation: 'auth.verifyCredentials',
  },
  'session-create': {
    operation: 'sessions.create',
    body: {
      provider: 'whatsapp-cloud',
      name: 'support',
      credentials: {
        accessToken: 'EAAG...',
        phoneNumberId: '106540352242923',
      },
    },
    shows: 'id',
  },
  'session-send': {
    operation: 'messages.send',
    body: {
      to: '14155552671',
      message: 'How can we help?',
      session: 'support',
    },
    shows: 'id',
  },
  'session-change': {
    operation: 'sessions.update',
    params: {
      id: '{SESSION_ID}',
    },
    body: {
      default: true,
      ratePerSecond: 40,
    },
  },
  'session-get': {
    operation: 'sessions.get',
    params: {
      id: '{SESSION_ID}',
    },
    shows: 'state',
    answer: {
      success: true,
      data: {
        id: exampleId,
        name: 'support',
        provider: 'whatsapp-cloud',
        state: 'paused',
        breaker: {
          state: 'open',
          until: '2026-03-28T10:00:20.000Z',
          trips: 1,
          code: 'provider_unavailable',
          detail: 'An unknown error occurred',
        },
        lastError: {
          code: 'provider_unavailable',
          detail: 'An unknown error occurred',
          at: '2026-03-28T10:00:15.000Z',
        },
      },
    },
  },
  template: {
    operation: 'messages.send',
    body: {
      to: '14155552671',
      template: {
        name: 'order_ready',
        language: 'en_US',
        components: [
          {
            type: 'body',
            parameters: [
              {
                type: 'text',
                text: 'Sarah',
              },
              {
                type: 'text',
                text: '#1042',
              },
            ],
          },
        ],
      },
    },
    shows: 'id',
    answer: {
      success: true,
      data: {
        id: exampleId,
        status: 'queued',
        scheduledFor: null,
      },
    },
  },
  text: {
    operation: 'messages.send',
    body: {
      to: '14155552671',
      message: 'Hi Sarah! Your order #1234 has shipped.',
      metadata: {
        orderId: '1234',
      },
    },
    headers: {
      'Idempotency-Key': 'order-1234-shipped',
    },
    shows: 'id',
  },
  templates: {
    operation: 'templates.list',
    query: 'status=APPROVED',
  },
  'template-get': {
    operation: 'templates.get',
    params: {
      name: 'order_ready',
    },
  },
  upload: {
    operation: 'media.upload',
    upload: {
      name: 'photo.jpg',
      type: 'image/jpeg',
    },
    answer: {
      success: true,
      data: {
        id: '1037543291543636',
        kind: 'image',
        mimeType: 'image/jpeg',
        size: 48213,
        expiresAt: '2026-04-27T10:00:00.000Z',
      },
    },
  },
  'send-file': {
    operation: 'messages.send',
    body: {
      to: '14155552671',
      media: {
        type: 'image',
        mediaId: '1037543291543636',
        caption: 'Your order',
      },
    },
    shows: 'id',
  },
  window: {
    operation: 'contacts.getWindow',
    params: {
      address: '14155552671',
    },
    answer: {
      success: true,
      data: {
        address: '14155552671',
        open: true,
        lastInboundAt: '2026-03-28T10:00:00.000Z',
        closesAt: '2026-03-29T10:00:00.000Z',
      },
    },
  },
  inbound: {
    operation: 'messages.list',
    query: 'direction=inbound&limit=50',
  },
  bulk: {
    operation: 'messages.sendBulk',
    body: {
      messages: [
        {
          to: '14155552671',
          message: 'Hi Alice, your code is 1234',
        },
        {
          to: '14155552672',
          message: 'Hi Bob, your code is 5678',
        },
      ],
    },
    shows: 'batchId',
    answer: {
      success: true,
      data: {
        batchId: exampleId,
        totalMessages: 2,
        queued: 2,
        failedCount: 0,
        errors: [],
        warnings: [],
      },
    },
  },
  schedule: {
    operation: 'messages.send',
    body: {
      to: '14155552671',
      template: {
        name: 'hello_world',
        language: 'en_US',
      },
      sendAt: `${dayOf(now, 2)}T09:00:00Z`,
    },
    shows: 'id',
  },
  cancel: {
    operation: 'messages.cancel',
    params: {
      id: '{MESSAGE_ID}',
    },
  },
})
