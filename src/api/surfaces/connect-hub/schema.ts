import { isIP } from 'node:net'
import { z } from 'zod'
import { recordStatuses } from '../../../domain/webhooks/formats/connect-hub-record.ts'
import { isStorable } from '../../../kit/storable.ts'

export const tag = 'Connect Hub'
export const keyScheme = 'connectHubKey'
export const accountScheme = 'connectHubAccount'

const exampleUuid = '01JV5V54KPYK9GB29265EQRZ2P'
const exampleTo = '38761444555'
const exampleMessage = { to: exampleTo, text: '482910' }

const textCharsMax = 4_096

/** A text, or a number that stands for one. Not transformed here, because the document would lose its examples. */
const textual = z
  .union([z.string(), z.number()], {
    error: ({ input }) => (input === undefined ? 'is required' : 'must be a text'),
  })
  .refine((value) => String(value).trim() !== '', 'must not be empty')
  .refine((value) => isStorable(String(value)), 'has a character that cannot be stored')

const to = textual
  .refine((value) => String(value).length <= 64, 'must have at most 64 characters')
  .meta({ description: 'The recipient’s number in E.164 form; without the + prefix, or with it.' })

export const sendBody = z
  .object({
    to,
    text: textual
      .refine((value) => String(value).length <= textCharsMax, `must have at most ${textCharsMax} characters`)
      .meta({ description: 'A code of 4 to 15 letters or digits, or a sentence.' }),
    client_ip: z
      .string()
      .refine((address) => isIP(address) !== 0, 'must be an IP address')
      .optional()
      .meta({ description: 'Of ours: the address of your user, so that limits by address hold.' }),
  })
  .meta({ examples: [exampleMessage] })

export const sendAnswer = z
  .object({ uuid: z.string(), to: z.string().meta({ description: 'As it was given.' }) })
  .meta({ examples: [{ uuid: exampleUuid, to: exampleTo }] })

export const recordParams = z.object({ uuid: z.string().meta({ examples: [exampleUuid] }) })

const record = z.object({
  uuid: z.string(),
  wam_id: z
    .string()
    .nullable()
    .meta({ description: 'WhatsApp’s id of the message; null while there is none.' }),
  to: z.string(),
  text: z.string().nullable().meta({ description: 'Masked where it holds a code.' }),
  status: z.enum(recordStatuses),
  timestamp: z.iso.datetime(),
  delivery_timestamp: z.iso.datetime().nullable(),
  delivery_time: z.number().nullable().meta({ description: 'Milliseconds until it was delivered.' }),
  webhook_delivered: z.boolean(),
})

const exampleRecord = {
  uuid: exampleUuid,
  wam_id: 'wamid.HBgLMzg3NjE0NDQ1NTUVAgARGBI',
  to: exampleTo,
  text: '••••••',
  status: 'DELIVERED' as const,
  timestamp: '2026-03-28T10:00:00.000Z',
  delivery_timestamp: '2026-03-28T10:00:04.000Z',
  delivery_time: 4_000,
  webhook_delivered: true,
}

export const recordAnswer = record.meta({ examples: [exampleRecord] })

// No schema of a body transforms what it takes: the document would lose its examples. See `readListBody`.

/** A whole number, which may come as a text. */
const whole = (min: number, max: number) =>
  z
    .union([z.number(), z.string()])
    .refine((given) => /^-?\d{1,9}$/.test(String(given)), { error: 'must be a number', abort: true })
    .refine((given) => Number(given) >= min, `must be at least ${min}`)
    .refine((given) => Number(given) <= max, `must be at most ${max}`)

/** A word in capital or small letters. */
const word = (words: readonly string[]) =>
  z.string().refine((given) => words.includes(given.toUpperCase()), `must be one of: ${words.join(', ')}`)

const sortDirections = ['ASC', 'DESC'] as const
const rowsMax = 100
const rowsDefault = 20

export const listBody = z
  .object({
    page: whole(1, 100_000).default(1),
    rows_per_page: whole(1, rowsMax).default(rowsDefault),
    sort_by: z.enum(['timestamp', 'uuid']).default('timestamp').meta({
      description: 'Both are the order of acceptance.',
    }),
    sort_direction: word(sortDirections).default('DESC'),
    filter: z
      .strictObject({
        status: z.union([z.literal(''), word(recordStatuses)]).optional(),
        to: z.union([z.literal(''), to]).optional(),
      })
      .default({})
      .meta({ description: 'What is left out or empty does not narrow the list.' }),
  })
  .meta({
    examples: [
      {
        page: 1,
        rows_per_page: rowsDefault,
        sort_by: 'timestamp',
        sort_direction: 'DESC',
        filter: { status: 'DELIVERED', to: exampleTo },
      },
    ],
  })

/** The same with its words in capitals and its numbers as numbers. */
export function readListBody({
  page,
  rows_per_page,
  sort_by,
  sort_direction,
  filter,
}: z.output<typeof listBody>) {
  return {
    page: Number(page),
    rows_per_page: Number(rows_per_page),
    sort_by,
    sort_direction: wordIn(sortDirections, sort_direction) ?? 'DESC',
    status: wordIn(recordStatuses, filter.status ?? ''),
    to: filter.to === undefined || filter.to === '' ? null : String(filter.to),
  }
}

function wordIn<Word extends string>(words: readonly Word[], given: string): Word | null {
  return words.find((one) => one === given.toUpperCase()) ?? null
}

export const listAnswer = z
  .object({
    page: z.int(),
    rows_per_page: z.int(),
    sort_by: z.string(),
    sort_direction: z.enum(['ASC', 'DESC']),
    total: z.int().meta({ description: 'Counted up to 10000 where a filter narrows the list.' }),
    total_pages: z.int(),
    has_next_page: z.boolean(),
    has_previous_page: z.boolean(),
    list: z.array(record),
  })
  .meta({
    examples: [
      {
        page: 1,
        rows_per_page: rowsDefault,
        sort_by: 'timestamp',
        sort_direction: 'DESC',
        total: 1,
        total_pages: 1,
        has_next_page: false,
        has_previous_page: false,
        list: [exampleRecord],
      },
    ],
  })

const meanings = {
  400: ['Bad Request', 'to is required.'],
  401: ['Unauthorized', 'Send both x-api-key and x-account-id.'],
  402: [
    'Payment Required',
    'This needs 1 credit and your account has 0 left. Ask the operator of this installation for more.',
  ],
  404: ['Not Found', 'There is no such message in your account.'],
  429: ['Too Many Requests', 'Too many codes were asked for this number. Try again in 120 s.'],
  503: ['Service Unavailable', 'The service cannot store anything right now. Try again shortly.'],
} as const

/** The refusals of a route in the OpenAPI document, each with an example. */
export function refusalsOf<Status extends keyof typeof meanings>(
  ...statuses: Status[]
): Record<Status, z.ZodType>
export function refusalsOf(...statuses: (keyof typeof meanings)[]): Record<number, z.ZodType> {
  return Object.fromEntries(
    statuses.map((status) => {
      const [error, message] = meanings[status]
      const schema = z.object({ error: z.string(), message: z.string() })
      return [status, schema.meta({ description: `${error}.`, examples: [{ error, message }] })]
    }),
  )
}
