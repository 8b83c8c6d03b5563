import { z } from 'zod'
import { instant, success } from '../../plugins/envelope.ts'
import { metaId, metaSecret } from '../../plugins/meta-credentials.ts'

const exampleKey = `sk_live_${'a1b2c3d4'.repeat(6)}`

export const registerBody = z
  .strictObject({
    name: z.string().trim().min(1).max(200).meta({ description: 'Your name or your company’s.' }),
    email: z.email({ error: 'must be an e-mail address' }).max(320),
  })
  .meta({ examples: [{ name: 'Your Name', email: 'you@example.com' }] })

export const registerHeaders = z.looseObject({
  'x-registration-token': z.string().max(1024).optional().meta({
    description: 'Needed where this installation registers by token.',
  }),
})

export const registerAnswer = success(
  z.object({
    apiKey: z.string().meta({ description: 'Shown once: store it now.' }),
    plan: z.string(),
    accountId: z.uuid(),
  }),
).meta({
  examples: [
    {
      success: true,
      data: { apiKey: exampleKey, plan: 'enterprise', accountId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57' },
    },
  ],
})

export const meAnswer = success(
  z.object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    plan: z.string(),
    messagesSent: z.number().int(),
    byocConfigured: z.boolean(),
    webhookUrl: z.string().nullable(),
    credits: z.number().int().meta({ description: 'What you have left: see GET /billing/credits.' }),
    createdAt: instant,
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57',
        name: 'Your Name',
        email: 'you@example.com',
        plan: 'enterprise',
        messagesSent: 42,
        byocConfigured: false,
        webhookUrl: null,
        credits: 0,
        createdAt: '2026-03-28T10:00:00.000Z',
      },
    },
  ],
})

export const webhookBody = z
  .strictObject({
    url: z.string().min(1).max(2048).meta({ description: 'A public https URL on your server.' }),
  })
  .meta({ examples: [{ url: 'https://app.example.com/webhooks/hermod' }] })

export const webhookAnswer = success(
  z.object({
    webhookUrl: z.string(),
    secret: z
      .string()
      .meta({ description: 'Signs what is sent (Standard Webhooks). Shown once: store it now.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        webhookUrl: 'https://app.example.com/webhooks/hermod',
        secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      },
    },
  ],
})

export const noWebhookAnswer = success(z.object({ webhookUrl: z.null() })).meta({
  examples: [{ success: true, data: { webhookUrl: null } }],
})

export const credentialsBody = z
  .strictObject({
    whatsappAccessToken: metaSecret.meta({ description: 'Access token from Meta Business Manager.' }),
    whatsappPhoneNumberId: metaId.meta({ description: 'Phone number id, not the phone number.' }),
    whatsappBusinessAccountId: metaId.optional(),
    whatsappAppSecret: metaSecret.optional().meta({
      description:
        'Secret of your own Meta app, if it is not the one of this installation: proves its callbacks.',
    }),
    whatsappVerifyToken: z.string().min(8).max(256).optional().meta({
      description:
        'What you typed as verify token when you subscribed your own Meta app to our callback URL.',
    }),
  })
  .meta({ examples: [{ whatsappAccessToken: 'EAAcExampleToken', whatsappPhoneNumberId: '1234567890' }] })

export const credentialsAnswer = success(
  z.object({
    byocConfigured: z.literal(true),
    sessionId: z.uuid(),
    callbackUrl: z.string().meta({ description: 'Where a Meta app of your own sends its callbacks.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        byocConfigured: true,
        sessionId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
        callbackUrl: 'https://hermod.example.com/webhooks/whatsapp/019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
      },
    },
  ],
})

export const noCredentialsAnswer = success(z.object({ byocConfigured: z.literal(false) })).meta({
  examples: [{ success: true, data: { byocConfigured: false } }],
})

export const rotateAnswer = success(
  z.object({ apiKey: z.string().meta({ description: 'Shown once: store it now.' }) }),
).meta({ examples: [{ success: true, data: { apiKey: exampleKey } }] })
