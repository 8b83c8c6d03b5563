import { z } from 'zod'

/**
 * The credentials of one Cloud API number. The token and the secrets hold no quote, backslash or blank, so
 * that they travel in a header as they are and are found again wherever a foreign text might repeat them.
 */
const secret = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[!#-[\]-~]+$/, 'has a character that credentials of Meta do not have')
const graphId = z
  .string()
  .regex(/^\d{1,32}$/, 'is the number that Meta shows beside the phone number, digits only')

export const cloudSettings = z.strictObject({
  accessToken: secret,
  phoneNumberId: graphId,
  businessAccountId: graphId.optional(),
  /** Proves that callbacks come from Meta. */
  appSecret: secret.optional(),
  /** The token that Meta repeats to us when it subscribes to our callback URL. */
  verifyToken: z.string().min(1).max(256).optional(),
})
export type CloudSettings = z.infer<typeof cloudSettings>
