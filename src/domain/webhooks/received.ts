import { z } from 'zod'
import { inboundContentFields } from '../messages/inbound-content.ts'

const kept = z.record(z.string(), z.unknown())

/** The fields that stand beside the content of a customer's message, in events as in what is read. */
export const besideView = {
  fromUserId: z
    .string()
    .nullable()
    .meta({ description: 'Inbound: the customer’s business-scoped user id, when it is known.' }),
  username: z
    .string()
    .nullable()
    .meta({ description: 'Inbound: the customer’s username, if they have one.' }),
  group: z.object({ id: z.string() }).nullable().meta({
    description:
      'Inbound: the group that it was written in. Send to this id to answer it; `from` is the member.',
  }),
  forwarded: z.boolean(),
  frequentlyForwarded: z.boolean().meta({ description: 'Forwarded more than five times.' }),
  referral: kept.nullable().meta({
    description: 'The ad or post that led the customer here, in Meta’s words: source_id, ctwa_clid, ...',
  }),
  product: kept.nullable().meta({
    description:
      'The product that the customer asks about, in Meta’s words: catalog_id, product_retailer_id.',
  }),
  errors: z.array(z.unknown()).nullable().meta({
    description:
      'Inbound: why Meta could not hand all of it on, in its own words: code, title, error_data, ...',
  }),
  contentTruncated: z.boolean().meta({
    description: 'content, referral, product or errors were cut. GET /messages/{id} has all of them.',
  }),
  raw: kept.nullable().meta({
    description:
      'Inbound: what the provider said, in its own words. Of Meta: the value of the change, with this message alone.',
  }),
  rawTruncated: z.boolean().meta({ description: 'raw was cut.' }),
}

/** A point in time, ISO 8601 in UTC. */
const instant = z.iso.datetime()

/** The payload of `message.received`. */
export const receivedData = z
  .object({
    messageId: z.uuid(),
    externalId: z.string().meta({ description: 'The provider’s id (wamid).' }),
    from: z.string().meta({ description: 'The customer: digits, or a business-scoped user id.' }),
    profileName: z.string().nullable(),
    to: z
      .string()
      .nullable()
      .meta({ description: 'Your number, digits; null before its sender is verified.' }),
    session: z.uuid().meta({ description: 'The sender that it came to.' }),
    type: z.string().meta({ description: 'WhatsApp’s word: text, image, audio, interactive, reaction, ...' }),
    body: z
      .string()
      .nullable()
      .meta({ description: 'What a person would read of it, at most 4,000 characters.' }),
    bodyTruncated: z.boolean().meta({ description: 'There is more of it in GET /messages/{id}.' }),
    media: z
      .object({ mediaId: z.string(), mimeType: z.string().nullable(), filename: z.string().nullable() })
      .nullable(),
    content: z.object(inboundContentFields).partial().meta({
      description: 'One field: what the customer sent, as GET /messages/{id} has it, at most 16 KB of JSON.',
    }),
    ...besideView,
    replyTo: z.string().nullable().meta({ description: 'The provider’s id of the message it answers.' }),
    sequence: z.int(),
    receivedAt: instant.meta({ description: 'When the customer sent it.' }),
  })
  .meta({
    examples: [
      {
        messageId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a62',
        externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgASGBQ',
        from: '14155552671',
        fromUserId: null,
        profileName: 'Sarah',
        username: null,
        to: '15550783881',
        session: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
        type: 'button',
        body: 'Yes',
        bodyTruncated: false,
        media: null,
        content: { reply: { type: 'button', id: 'ps_1_yes', title: 'Yes' } },
        contentTruncated: false,
        replyTo: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
        group: null,
        forwarded: false,
        frequentlyForwarded: false,
        referral: null,
        product: null,
        errors: null,
        raw: {
          messaging_product: 'whatsapp',
          metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
          contacts: [{ profile: { name: 'Sarah' }, wa_id: '14155552671' }],
          messages: [
            {
              from: '14155552671',
              id: 'wamid.HBgLMTQxNTU1NTI2NzEVAgASGBQ',
              timestamp: '1774692004',
              type: 'button',
              button: { payload: 'ps_1_yes', text: 'Yes' },
              context: { from: '15550783881', id: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI' },
            },
          ],
        },
        rawTruncated: false,
        sequence: 0,
        receivedAt: '2026-03-28T10:00:04.000Z',
      },
    ],
  })
