import type { SendSample } from './sample.ts'
import { interactiveSends, productSends } from './sends-interactive.ts'
import { paymentSends } from './sends-payments.ts'
import { plainSends, readSends } from './sends-plain.ts'
import { templateSends } from './sends-templates.ts'

/** Every kind of message that `POST /{phone-number-id}/messages` takes. */
export const sendSamples: readonly SendSample[] = [
  ...plainSends,
  ...templateSends,
  ...interactiveSends,
  ...productSends,
  ...paymentSends,
]

/** What the same address takes that is no message. */
export const readSamples: readonly SendSample[] = readSends
