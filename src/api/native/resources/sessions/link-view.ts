import { z } from 'zod'
import { linkStates, pairingMethods } from '../../../../domain/devices/link.ts'
import type { LinkView } from '../../../../services/links/view.ts'
import { instant } from '../../plugins/envelope.ts'

// How a linked device stands, as its session and its stream show it.

export const linkView = z.object({
  state: z.enum(linkStates).meta({
    description:
      '`connected`: messages go out. `disconnected`: they wait; it comes back at `nextRetryAt`, or when you connect ' +
      'it. `unpaired`, `pairing`, `logged_out`, `replaced`, `banned`: sends are refused with 409.',
  }),
  phone: z.string().nullable().meta({ description: 'Your number, digits.' }),
  pushName: z.string().nullable().meta({ description: 'The name that recipients see.' }),
  since: instant.nullable().meta({ description: 'When it came to this state.' }),
  lastSeenAt: instant.nullable().meta({ description: 'When it was last known to be connected.' }),
  reason: z.string().nullable().meta({ description: 'Why it is in this state, where that needs saying.' }),
  nextRetryAt: instant.nullable(),
  restrictedUntil: instant.nullable().meta({ description: 'Until when WhatsApp refuses new chats.' }),
  newChats: z
    .object({ perDay: z.int(), used: z.int(), left: z.int() })
    .meta({ description: 'Chats with new people in the last 24 hours. Messages to more of them wait.' }),
})

/** A link as the API shows it. */
export function presentLink(link: LinkView): z.input<typeof linkView> {
  return {
    ...link,
    since: time(link.since),
    lastSeenAt: time(link.lastSeenAt),
    nextRetryAt: time(link.nextRetryAt),
    restrictedUntil: time(link.restrictedUntil),
  }
}

function time(at: Date | null): string | null {
  return at?.toISOString() ?? null
}

const phone = z
  .string()
  .min(5)
  .max(32)
  .meta({ description: 'Of the phone that links the device: E.164 digits.' })

export const pairBody = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('qr') }),
    z.strictObject({ method: z.literal('code'), phone }),
  ])
  .meta({ examples: [{ method: 'qr' }, { method: 'code', phone: '27821234567' }] })

/** A code in an answer: `qr` or `code` by its method. */
export const codeView = z.object({
  method: z.enum(pairingMethods),
  qr: z.string().optional().meta({ description: 'The text of the QR code; it changes every 20 seconds.' }),
  code: z.string().optional().meta({ description: 'To be typed on the phone, such as ABCD-1234.' }),
  expiresAt: instant,
})

/** A code as the API shows it. */
export function presentCode({
  method,
  shown,
  expiresAt,
}: {
  method: 'qr' | 'code'
  shown: string
  expiresAt: Date
}): z.input<typeof codeView> {
  const at = expiresAt.toISOString()
  return method === 'qr'
    ? { method, qr: shown, expiresAt: at }
    : { method, code: dashed(shown), expiresAt: at }
}

/** `ABCD1234` -> `ABCD-1234`, as the phone shows it. */
function dashed(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
