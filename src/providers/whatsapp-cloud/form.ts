import { z } from 'zod'
import type { SettingsForm } from '../contract.ts'
import { someOf } from '../../kit/some-of.ts'

/** A token or secret of Meta's. It travels in a header, so it holds no blank, quote or backslash. */
const metaSecret = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[!#-[\]-~]+$/, 'has a character that Meta’s credentials do not have, such as a blank or a quote')
/** An id that Meta shows as a number. */
const metaId = z.string().regex(/^\d{1,32}$/, 'is the number that Meta shows, digits only')

const verifyToken = z.string().min(8).max(256)
const accessToken = metaSecret.meta({ description: 'Access token from Meta Business Manager.' })
const phoneNumberId = metaId.meta({ description: 'Phone number id, not the phone number.' })

const create = z.strictObject({
  accessToken,
  phoneNumberId,
  businessAccountId: metaId.optional(),
  appSecret: metaSecret.optional().meta({
    description:
      'Secret of your own Meta app, if it is not the one of this installation: proves its callbacks.',
  }),
  verifyToken: verifyToken.optional().meta({
    description: 'What you typed as verify token when you subscribed your own Meta app to our callback URL.',
  }),
})

const change = someOf({
  accessToken: accessToken.optional(),
  phoneNumberId: phoneNumberId.optional(),
  businessAccountId: metaId.nullable().optional(),
  appSecret: metaSecret.nullable().optional(),
  verifyToken: verifyToken.nullable().optional(),
})

/** The settings of a Cloud API number, as the API asks for them. */
export const cloudForm: SettingsForm = {
  create,
  change: change.optional().meta({ description: 'Of a Cloud session; what is absent stays.' }),
  view: {
    phoneNumberId: z.string().nullable(),
    businessAccountId: z.string().nullable(),
    callbackUrl: z.string().meta({ description: 'Where a Meta app of your own sends its callbacks.' }),
  },
  show: ({ session, callbackUrl }) => ({
    phoneNumberId: session.senderId,
    businessAccountId: session.businessAccountId,
    callbackUrl,
  }),
  examples: {
    create: {
      provider: 'whatsapp-cloud',
      name: 'support',
      credentials: { accessToken: 'EAAcExampleToken', phoneNumberId: '2345678901' },
    },
    view: (sessionId) => ({
      phoneNumberId: '2345678901',
      businessAccountId: null,
      callbackUrl: `https://hermod.example.com/webhooks/whatsapp/${sessionId}`,
    }),
  },
}
