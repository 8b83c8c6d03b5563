import { z } from 'zod'

// Clients send numbers where texts are meant, and fields that nobody reads.

/** A text, or a number that stands for one. Not transformed here, because the document would lose its examples. */
const textual = z.union([z.string(), z.number()], {
  error: ({ input }) => (input === undefined ? 'is required' : 'must be a text'),
})

const filled = textual.refine((value) => String(value).trim() !== '', 'must not be empty')

const idCharsMax = 200
/** The name that a client chose for a sender: any text. */
const sessionId = textual
  .refine((value) => value !== '', 'is required')
  .refine(
    (value) => Array.from(String(value)).length <= idCharsMax,
    `must have at most ${idCharsMax} characters`,
  )
  .meta({ examples: ['my-business-account'], description: 'Any name of yours, of at most 200 characters.' })

const country = filled.meta({ examples: ['ZA'], description: 'A code of GET /api/whatsapp/countries.' })
const phone = filled.meta({ examples: ['0821234567'], description: 'As people type it.' })

const exampleSession = 'my-business-account'

export const pairBody = z
  .object({ session_id: sessionId, phone_number: phone, country })
  .meta({ examples: [{ session_id: exampleSession, phone_number: '0821234567', country: 'ZA' }] })

export const sendBody = z
  .object({
    session_id: sessionId,
    to: phone,
    country,
    message: filled.meta({ description: 'Text. `*bold*` and `_italic_` are rendered by WhatsApp.' }),
  })
  .meta({
    examples: [
      {
        session_id: exampleSession,
        to: '0731234567',
        country: 'ZA',
        message: 'Your OTP is 482910. It expires in 5 minutes.',
      },
    ],
  })

export const connectBody = z
  .object({ session_id: sessionId })
  .meta({ examples: [{ session_id: exampleSession }] })

export const statusParams = z.object({ session_id: sessionId })
/** The same where the name holds slashes that are not encoded. */
export const statusRest = z.object({ '*': sessionId })

/** The fields of a body as texts. */
export function textsOf<Name extends string>(body: Record<Name, string | number>): Record<Name, string>
export function textsOf(body: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]))
}

const answered = { success: z.literal(true), message: z.string() }
const creditsRemaining = z
  .int()
  .meta({ description: 'What is left; a large number where nothing costs credits.' })
const statusField = z.enum(['active', 'not_connected'])

export const countriesAnswer = z
  .object({
    ...answered,
    countries: z.array(
      z.object({
        code: z.string(),
        country: z.string(),
        dial_code: z.string(),
        local_digits: z.int().meta({
          description:
            'After the dial code and a leading zero. Exact for ZA, NG, IN, PH and US; elsewhere that of the example.',
        }),
        example: z.string(),
      }),
    ),
  })
  .meta({
    description: 'All codes.',
    examples: [
      {
        success: true,
        message: 'Supported countries.',
        countries: [
          { code: 'ZA', country: 'South Africa', dial_code: '+27', local_digits: 9, example: '0821234567' },
          { code: 'SA', country: 'South Africa', dial_code: '+27', local_digits: 9, example: '0821234567' },
        ],
      },
    ],
  })

/** The sentences of the successes, to the letter. */
export const sentences = {
  paired: 'Pairing code issued. Enter it in WhatsApp → Linked Devices → Link with Phone Number.',
  sent: 'Message sent successfully.',
} as const

export const pairAnswer = z
  .object({
    ...answered,
    pairing_code: z.string(),
    session_id: z.string(),
    phone_number: z.string(),
    credits_remaining: creditsRemaining,
  })
  .meta({
    description: 'A code was issued; the one before, if any, is dead.',
    examples: [
      {
        success: true,
        message: sentences.paired,
        pairing_code: 'ABCD-1234',
        session_id: exampleSession,
        phone_number: '27821234567',
        credits_remaining: 49,
      },
    ],
  })

export const statusAnswer = z
  .object({ ...answered, session_id: z.string(), connected: z.boolean(), status: statusField })
  .meta({
    description: 'Whether it is connected. One that nobody knows is not.',
    examples: [
      {
        success: true,
        message: 'Session is active.',
        session_id: exampleSession,
        connected: true,
        status: 'active',
      },
      {
        success: true,
        message: 'Session is not connected.',
        session_id: exampleSession,
        connected: false,
        status: 'not_connected',
      },
    ],
  })

export const sendAnswer = z
  .object({
    ...answered,
    to: z.string(),
    session_id: z.string(),
    credits_remaining: creditsRemaining,
  })
  .meta({
    description: 'WhatsApp has taken it; or, as `message` says then, has not answered yet, and it goes on.',
    examples: [
      {
        success: true,
        message: sentences.sent,
        to: '27731234567',
        session_id: exampleSession,
        credits_remaining: 48,
      },
    ],
  })

/** Refusals by their status: what they mean, and an example. */
const refusals: Record<number, [description: string, example: string]> = {
  400: [
    'A field is missing or wrong, or the number is not on WhatsApp.',
    'Unsupported country code. Use one of the codes from /api/whatsapp/countries.',
  ],
  401: ['The key is missing or wrong.', 'Invalid API key. Send yours in the X-API-KEY header.'],
  402: ['No credits are left.', 'Insufficient credits. Top up at https://hermod.example.com/billing/buy.'],
  403: ['The account is deactivated, or the key may not do this.', 'Your account has been deactivated.'],
  404: ['There is no such path.', 'There is no GET /api/whatsapp/nothing.'],
  409: [
    'The session is not connected, or already is.',
    'Session is not connected. Pair it again with POST /api/whatsapp/pair.',
  ],
  413: ['The body is too large.', 'The body is too large.'],
  415: ['The body is no JSON.', 'Send the body as JSON, with the header Content-Type: application/json.'],
  429: [
    'Too many requests, or the message would have had to wait for longer than 20 seconds and was not sent.',
    'Too many requests. Wait 42 seconds.',
  ],
  501: [
    'Devices cannot be linked on this installation.',
    'Linked devices are not set up on this installation.',
  ],
  503: [
    'Not now: try again after Retry-After.',
    'The pairing could not begin. WhatsApp did not give a code in time.',
  ],
}

/** Answers that are refusals, for the OpenAPI document. */
export function refusalsOf(...statuses: number[]): Record<number, z.ZodType> {
  return Object.fromEntries(
    statuses.map((status) => {
      const [description, message] = refusals[status] ?? ['', '']
      const shape = z.object({ success: z.literal(false), message: z.string() })
      return [status, shape.meta({ description, examples: [{ success: false, message }] })]
    }),
  )
}
