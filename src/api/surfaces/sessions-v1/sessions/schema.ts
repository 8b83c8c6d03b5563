import { z } from 'zod'
import { instant, text } from '../fields.ts'
import { sessionStatuses, type OwnSession } from './own.ts'

export const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'

/** A name that the client chooses. */
const sessionKey = text(1, 200)

export const createBody = z.object({ session_key: sessionKey }).meta({
  examples: [{ session_key: 'my-session' }],
})

export const changeBody = z.object({ session_key: sessionKey.optional() }).meta({
  examples: [{ session_key: 'another-name' }],
})

export const sessionView = z
  .object({
    id: z.string(),
    sessionKey: z.string(),
    status: z.enum(sessionStatuses),
    phoneNumber: z.string().nullable(),
    connectedAt: instant.nullable(),
    lastActivityAt: instant.nullable(),
    createdAt: instant,
    streamUrl: z.string(),
  })
  .meta({
    examples: [
      {
        id: exampleId,
        sessionKey: 'my-session',
        status: 'initializing',
        phoneNumber: null,
        connectedAt: null,
        lastActivityAt: null,
        createdAt: '2026-03-28T10:00:00.000Z',
        streamUrl: `/v1/sessions/${exampleId}/stream`,
      },
    ],
  })

export const sessionsAnswer = z.object({ sessions: z.array(sessionView), total: z.int() }).meta({
  examples: [{ sessions: [], total: 0 }],
})

/** A session as this API shows it. */
export function presentSession({
  session,
  link,
  sessionKey: key,
  status,
}: OwnSession): z.input<typeof sessionView> {
  const phone = (link?.phone ?? session.displayPhoneNumber ?? '').replaceAll(/\D/g, '')
  const since = link === null ? (session.verifiedAt ?? session.createdAt) : link.since
  return {
    id: session.id,
    sessionKey: key,
    status,
    phoneNumber: phone === '' ? null : `+${phone}`,
    connectedAt: status === 'connected' ? (since?.toISOString() ?? null) : null,
    lastActivityAt: link?.lastSeenAt?.toISOString() ?? null,
    createdAt: session.createdAt.toISOString(),
    streamUrl: `/v1/sessions/${session.id}/stream`,
  }
}

const rateLimit = z.coerce.number().int().min(1).max(60_000)

export const settingsView = z
  .object({
    alwaysOnline: z.boolean(),
    autoReadMessages: z.boolean(),
    rejectCalls: z.boolean(),
    typingIndicator: z.boolean(),
    linkPreview: z.boolean(),
    rateLimitPerMinute: z.number(),
  })
  .meta({
    examples: [
      {
        alwaysOnline: false,
        autoReadMessages: false,
        rejectCalls: false,
        typingIndicator: true,
        linkPreview: true,
        rateLimitPerMinute: 30,
      },
    ],
  })

export const settingsBody = z
  .object({
    alwaysOnline: z.boolean().optional().meta({ description: 'Cannot be switched on.' }),
    autoReadMessages: z.boolean().optional().meta({ description: 'Cannot be switched on.' }),
    rejectCalls: z.boolean().optional().meta({ description: 'Cannot be switched on.' }),
    typingIndicator: z.boolean().optional().meta({
      description: 'Of a linked device: the recipient sees that it types before a text arrives.',
    }),
    linkPreview: z.boolean().optional().meta({ description: 'Texts show a preview of their first link.' }),
    rateLimitPerMinute: rateLimit.optional().meta({
      description: 'Messages a minute that it hands over on average; others wait.',
    }),
  })
  .meta({ examples: [{ linkPreview: false }] })
