import { z } from 'zod'
import { success } from './envelope.ts'

// The schemas that the shorthand for one number and the sessions have in common.

/** A token or secret of Meta’s. */
export const metaSecret = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[!#-[\]-~]+$/, 'has a character that Meta’s credentials do not have, such as a blank or a quote')

/** An id that Meta shows as a number. */
export const metaId = z.string().regex(/^\d{1,32}$/, 'is the number that Meta shows, digits only')

/** The provider's facts about credentials that it verified. */
export const verifiedAnswer = success(
  z.object({
    verified: z.literal(true),
    displayPhoneNumber: z.string().nullable(),
    verifiedName: z.string().nullable(),
    qualityRating: z.string().nullable(),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        verified: true,
        displayPhoneNumber: '+1 555-078-3881',
        verifiedName: 'Jaspers Market',
        qualityRating: 'GREEN',
      },
    },
  ],
})
