import { z } from 'zod'

const bytesMax = 16_384

/** Data of an app's own that it gets back in reads and webhooks. */
export const metadataField = z
  .record(z.string().max(256), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= bytesMax, `is larger than ${bytesMax} bytes`)
  .optional()
  .meta({ description: 'Anything of yours, at most 16 KB; it comes back in reads and webhooks.' })
