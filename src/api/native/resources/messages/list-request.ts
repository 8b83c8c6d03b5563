import { z } from 'zod'
import { statuses } from '../../../../domain/messages/status.ts'
import type { ListRequest } from '../../../../services/messages/list.ts'
import { idGiven, wholeNumber } from '../../plugins/envelope.ts'
import { moment, toSpan } from '../../plugins/dates.ts'

/** The path of what is about one message or batch. */
export const idParams = z.strictObject({
  id: idGiven.meta({ examples: ['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'] }),
})

/** No id of a group that is kept is longer. */
const toValue = z.string().min(1).max(256)

const listFields = z.strictObject({
  status: z
    .enum([...statuses, 'received'])
    .optional()
    .meta({
      description: '`expired`: those of `failed` that were not handed over within their time to live.',
    }),
  batchId: idGiven.optional(),
  direction: z.enum(['outbound', 'inbound']).optional().meta({
    description: 'outbound if absent; with `with`, both.',
  }),
  with: toValue.optional().meta({
    description:
      'A number, user id or id of a group: the conversation with this customer or group, messages of both directions. ' +
      'Read it from its beginning with order=asc.',
  }),
  order: z.enum(['asc', 'desc']).default('desc').meta({
    description: 'asc: the oldest first; desc: the newest first.',
  }),
  session: z.string().min(1).max(128).optional().meta({
    description: 'Only messages of this sender, by id or name.',
  }),
  from: moment.optional().meta({
    description:
      'Only messages accepted from here on (inbound: that came in): a date (its UTC midnight), or a date and time.',
  }),
  to: z
    .union([toValue, z.array(toValue).max(2)])
    .optional()
    .meta({
      description:
        'A number, user id or id of a group: only messages to this recipient (inbound: from this customer), by ' +
        'whichever of their addresses. A date (that whole UTC ' +
        'day is listed), or a date and time (not listed): only messages accepted up to here (inbound: that came ' +
        'in). Give it twice for both.',
    }),
  limit: wholeNumber(1, 200).default(20),
  page: wholeNumber(1, 100_000).default(1),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before; stronger than page.' }),
})

/** The query of `GET /messages`. */
export const listQuery = listFields.superRefine(({ from, to, with: other }, check) => {
  const refuse = (field: string, message: string) =>
    check.addIssue({ code: 'custom', path: [field], message })
  const { dates, recipients } = sorted(to)
  if (dates.length > 1) refuse('to', 'has two dates: give one, and a recipient beside it')
  if (recipients.length > 1) refuse('to', 'has two recipients: give one, and a date beside it')
  const [date] = dates
  if (date !== undefined && !moment.safeParse(date).success) {
    return refuse(
      'to',
      'must be a date such as 2026-03-01, or a date and time with a zone such as 2026-03-01T09:00:00Z',
    )
  }
  if (other !== undefined && recipients.length > 0) {
    refuse('with', 'stands beside a recipient in `to`: give one of them')
  }
  const span = toSpan({ from, to: date })
  if (span.from !== null && span.to !== null && span.from >= span.to) refuse('to', 'must be after from')
})

/** A query as a request to the service. */
export function toListRequest(query: z.infer<typeof listQuery>): ListRequest {
  const { status = null, batchId = null, session = null, cursor = null, with: other, ...rest } = query
  const { dates, recipients } = sorted(query.to)
  const { from, to } = toSpan({ from: query.from, to: dates[0] })
  return {
    ...rest,
    direction: query.direction ?? (other === undefined ? 'outbound' : 'both'),
    order: query.order === 'asc' ? 'oldest' : 'newest',
    status,
    batchId,
    session,
    cursor,
    address: addressOf(other, recipients[0]),
    from,
    to,
  }
}

function addressOf(other: string | undefined, recipient: string | undefined): ListRequest['address'] {
  if (other !== undefined) return { written: other, field: 'conversation' }
  return recipient === undefined ? null : { written: recipient, field: 'to' }
}

/** Dates look like nothing else: no phone number begins with four digits, a hyphen and two more. */
function sorted(to: string | string[] = []): { dates: string[]; recipients: string[] } {
  const values = [to].flat()
  const isDate = (value: string): boolean => /^\d{4}-\d{2}(-|$)/.test(value)
  return { dates: values.filter(isDate), recipients: values.filter((value) => !isDate(value)) }
}
