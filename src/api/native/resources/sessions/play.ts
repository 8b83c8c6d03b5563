import { z } from 'zod'
import { playedContents, type PlayedContent } from '../../../../domain/played-message.ts'
import type { PlayedInbound, PlayRequest } from '../../../../services/callbacks/play-inbound.ts'
import { success } from '../../plugins/envelope.ts'
import { checkOneField } from '../../plugins/one-field.ts'

// A customer's message that a playground is to receive.

const bytesMax = 65_536

const contentNames = ['message', 'media', 'location', 'contacts', 'reaction', 'reply', 'raw'] as const

const fields = z.strictObject({
  from: z.string().min(1).max(160).meta({
    description: 'The customer who writes: a number in E.164 form, or a business-scoped user id.',
  }),
  profileName: z.string().min(1).max(200).optional().meta({ description: 'The name they gave themselves.' }),
  replyTo: z.string().min(1).max(256).optional().meta({
    description: 'The message that it answers: our id, or the provider’s.',
  }),
  message: playedContents.message.optional().meta({ description: 'A text.' }),
  media: playedContents.media.optional().meta({
    description: 'A file. The sandbox makes a small real one, which GET /messages/{id}/media gives.',
  }),
  location: playedContents.location.optional(),
  contacts: playedContents.contacts.optional(),
  reaction: playedContents.reaction.optional().meta({ description: 'An empty emoji takes it back.' }),
  reply: playedContents.reply.optional().meta({
    description: 'A button or row of a message of yours that was tapped, or a flow that was filled in.',
  }),
  raw: playedContents.raw.optional().meta({
    description:
      'Any other message, as Meta’s callbacks show it: its type, the part of that name, and what stands beside it, ' +
      'such as `referral`.',
  }),
})

/** The body of `POST /sessions/:id/inbound`. */
export const playBody = fields
  .superRefine((value, check) => {
    const refuse = (field: string, message: string) =>
      check.addIssue({ code: 'custom', path: [field], message })
    const given = checkOneField(value, contentNames, { together: 'come', refuse })
    if (Buffer.byteLength(JSON.stringify(value)) > bytesMax)
      refuse(given[0] ?? 'message', 'takes more than 64 KB')
  })
  .meta({
    examples: [
      { from: '14155552671', profileName: 'Sarah', message: 'Where is my order?' },
      { from: '14155552671', media: { type: 'image', caption: 'Like this' } },
      { from: '14155552671', reply: { type: 'button', id: 'yes', title: 'Yes' } },
    ],
  })

export const playParams = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(128)
    .meta({ description: 'A sandbox, by id or name.', examples: ['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'] }),
})

export const playedAnswer = success(
  z.object({
    id: z.uuid().meta({ description: 'The inbound message: GET /messages/{id} reads it.' }),
    externalId: z.string(),
    session: z.uuid(),
    from: z.string(),
    type: z.string().meta({ description: 'WhatsApp’s word: text, image, interactive, ...' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a70',
        externalId: 'wamid.sandbox.in.019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a6f',
        session: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
        from: '14155552671',
        type: 'text',
      },
    },
  ],
})

/** A body as a request to the service. */
export function toPlayRequest(session: string, body: z.infer<typeof playBody>): PlayRequest {
  const { from, profileName = null, replyTo = null } = body
  return { session, from, profileName, replyTo, content: contentOf(body) }
}

function contentOf(body: z.infer<typeof playBody>): PlayedContent {
  const { message, media, location, contacts, reaction, reply, raw } = body
  if (message !== undefined) return { message }
  if (media !== undefined) return { media }
  if (location !== undefined) return { location }
  if (contacts !== undefined) return { contacts }
  if (reaction !== undefined) return { reaction }
  if (reply !== undefined) return { reply }
  return { raw: raw ?? { type: 'unknown' } }
}

/** The message that came of it. */
export function presentPlayed({ sessionId, ...played }: PlayedInbound): z.input<typeof playedAnswer> {
  return { success: true, data: { ...played, session: sessionId } }
}
