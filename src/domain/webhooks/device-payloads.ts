import { z } from 'zod'

const instant = z.iso.datetime()
const exampleAt = '2026-03-28T10:00:04.000Z'
const exampleSession = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'

const session = z.object({ session: z.uuid(), name: z.string(), provider: z.string() })
const exampleSender = { session: exampleSession, name: 'shop-phone', provider: 'linked-device' }
const reason = z.string().meta({ description: 'A sentence for people.' })

/** A code is shown. The code itself is not in it: it is a secret, and `GET /sessions/{id}/qr` shows it. */
const code = session
  .extend({ expiresAt: instant.nullable().meta({ description: 'When the code stops to work.' }) })
  .meta({ examples: [{ ...exampleSender, expiresAt: exampleAt }] })

const ended = (words: string) =>
  session.extend({ reason }).meta({ examples: [{ ...exampleSender, reason: words }] })

/** The payloads of the events of linked devices. */
export const deviceData = {
  qr: code,
  code,
  paired: session
    .extend({ phone: z.string().nullable() })
    .meta({ examples: [{ ...exampleSender, phone: '27821234567' }] }),
  connected: session
    .extend({ phone: z.string().nullable(), pushName: z.string().nullable() })
    .meta({ examples: [{ ...exampleSender, phone: '27821234567', pushName: 'Thandi’s Shop' }] }),
  disconnected: session
    .extend({
      reason,
      nextRetryAt: instant
        .nullable()
        .meta({ description: 'When it tries again; null: it does not by itself.' }),
    })
    .meta({
      examples: [{ ...exampleSender, reason: 'The connection was closed.', nextRetryAt: exampleAt }],
    }),
  restricted: session
    .extend({ until: instant.nullable().meta({ description: 'Null: new chats are taken again.' }) })
    .meta({ examples: [{ ...exampleSender, until: exampleAt }] }),
  unpaired: ended('The code was not used in time.'),
  loggedOut: ended('The device was unlinked on the phone. Pair it again.'),
  replaced: ended('Another program uses this pairing.'),
  banned: ended('WhatsApp refuses this number: it is banned or restricted.'),
}

/** The payload of `message.sent_elsewhere`. */
export const elsewhereData = session
  .extend({
    externalId: z.string().meta({ description: 'WhatsApp’s id of the message.' }),
    to: z.string().meta({ description: 'The recipient, digits.' }),
    type: z.string(),
    body: z.string().nullable().meta({ description: 'At most 4,000 characters.' }),
    sentAt: instant,
  })
  .meta({
    examples: [
      {
        ...exampleSender,
        externalId: '3EB0C431C26A1916E07E4D',
        to: '14155552671',
        type: 'text',
        body: 'I will call you back.',
        sentAt: exampleAt,
      },
    ],
  })
