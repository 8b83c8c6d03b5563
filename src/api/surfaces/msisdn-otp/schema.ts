import { z } from 'zod'
import { sentences } from './words.ts'

// Clients send numbers where texts are meant, texts where numbers are meant, and one text as a list of one. Not
// transformed here, because the document would lose its examples: see `requests.ts`.

const textual = z.union([z.string().max(2_048), z.number()], {
  error: ({ input }) => (input === undefined || input === null ? 'is required' : 'must be a text'),
})
const optional = textual.nullish()

const msisdn = z
  .union([textual, z.array(textual).length(1)], {
    error: ({ input }) =>
      input === undefined || input === null ? 'is required' : 'must be one phone number',
  })
  .meta({ description: 'The number with its country code; a text, a number, or a list of one.' })

const valuesMax = 20
const content = z
  .union([textual, z.array(textual).max(valuesMax)], {
    error: ({ input }) =>
      input === undefined || input === null
        ? 'is required'
        : `must be a text or a list of at most ${valuesMax} texts`,
  })
  .meta({
    description:
      'For `{{1}}`, `{{2}}`, ... of the text of the service `default`, or of the utility template that template_name ' +
      'names. `{code}` in a value is the code.',
  })

const challenge = optional.meta({
  description: 'What the code is for: a code of one challenge does not open another.',
})

export const sendBody = z
  .object({
    msisdn,
    content: content.nullish(),
    otp: optional.meta({
      description: 'A code of your own, 4 to 15 letters or digits; a random one if absent.',
    }),
    challenge,
    time_limit: optional.meta({ description: 'Seconds; kept within 60 and 600, 300 if absent.' }),
    lang_code: optional.meta({ description: 'The language; the best that there is, if there is no such.' }),
    otp_length: optional.meta({ description: 'Digits of the random code, 4 to 10. Not together with otp.' }),
    callback_url: optional.meta({
      description: 'Called by GET with session_id and status appended: ' + statusesText(),
    }),
    template_name: optional.meta({
      description: 'A template of your Cloud number; that of the service if absent.',
    }),
  })
  .meta({
    examples: [
      {
        msisdn: '6282123060001',
        content: ['Registration'],
        challenge: 'signup',
        time_limit: '300',
        lang_code: 'id',
        callback_url: 'https://app.example.com/callback',
      },
    ],
  })
export type SendBody = z.infer<typeof sendBody>

function statusesText(): string {
  return '1 sent, 2 delivered, 3 read, 4 verified, 5 a wrong code was given, 6 failed.'
}

export const sandboxSendBody = sendBody.extend({ content }).meta(sendBody.meta() ?? {})

export const verifyBody = z
  .object({ msisdn, otp: textual.meta({ description: 'As your user typed it.' }), challenge })
  .meta({ examples: [{ msisdn: '6282123060007', otp: '123456', challenge: 'signup' }] })
export type VerifyBody = z.infer<typeof verifyBody>

/** The fields that every answer has. */
const answered = (status: number, message: string) => ({
  message: z.literal(message),
  code: z.literal(status),
  status: z.literal(status),
  msisdn: z.string(),
  session_id: z.uuid().meta({ description: 'The same in callbacks.' }),
  try_count: z.int(),
})

const exampleOf = (status: number, message: string) => ({
  message,
  code: status,
  status,
  msisdn: '6282123060001',
  session_id: 'd0f5fb5c-2d50-4d3f-aea7-20018ab15806',
  try_count: 1,
})

export const sendAnswer = z
  .object({
    ...answered(201, sentences.sent),
    note: z
      .string()
      .optional()
      .meta({ description: 'What was not as you asked for, such as content that has no place.' }),
  })
  .meta({
    description: 'The code is on its way. try_count: how often it was sent.',
    examples: [exampleOf(201, sentences.sent)],
  })

export const verifyAnswer = z.object(answered(200, sentences.verified)).meta({
  description: 'The code was right. try_count: how many codes were judged.',
  examples: [exampleOf(200, sentences.verified)],
})

/** Refusals by their status: what they mean, and the sentence. */
const refusals: Record<number, [description: string, message: string]> = {
  400: [
    'The request is not valid, or there is no sender or template for it.',
    `${sentences.invalid}: msisdn is required`,
  ],
  401: ['App-ID or API-Key is missing or wrong, or they do not belong together.', sentences.unauthorized],
  403: ['Nothing left to pay with, or the key may not do this.', sentences.quota],
  404: ['No such code: never sent, wrong, used or canceled.', sentences.notFound],
  409: ['The number, or numbers that begin like it, are not sent to.', sentences.blocked],
  413: ['The body is too large.', 'The body is too large.'],
  415: ['The body is no JSON.', 'Send the body as JSON, with the header Content-Type: application/json.'],
  422: ['The code is not valid any more, or was guessed at too often.', sentences.expired],
  429: ['A limit was reached.', sentences.tooMany],
  503: [
    'Not now: try again after Retry-After.',
    'The service cannot store anything right now. Try again shortly.',
  ],
}

/** Answers that are refusals, for the OpenAPI document. */
export function refusalsOf(...statuses: number[]): Record<number, z.ZodType> {
  return Object.fromEntries(
    statuses.map((status) => {
      const [description, message] = refusals[status] ?? ['', '']
      const shape = z.object({ message: z.string(), code: z.literal(status), status: z.literal(status) })
      return [status, shape.meta({ description, examples: [{ message, code: status, status }] })]
    }),
  )
}
