import { isRecord } from '../../../kit/json/is-record.ts'
import { parseJson } from '../../../kit/json/parse-json.ts'
import type { DeliveryFormat } from './format.ts'
import { standard } from './standard.ts'

/** The steps of a one-time password, by the numbers that this format tells. A wrong code is `unverified`. */
export const callbackStatuses = {
  sent: 1,
  delivered: 2,
  read: 3,
  verified: 4,
  unverified: 5,
  failed: 6,
} as const
export type CallbackStep = keyof typeof callbackStatuses

/** The data of an event that such a callback tells. */
export interface CallbackData {
  session_id: string
  status: number
  /** The query that the callback URL came with; empty: none. */
  query: string
}

/**
 * `?session_id=...&status=1`: a GET with a number for each step, behind the query that the URL has already. It is signed
 * per Standard Webhooks over that query, which receivers may ignore. Only what is addressed to it comes to such an endpoint.
 */
export const statusQuery: DeliveryFormat = {
  sentAs: 'query',
  newSecret: standard.newSecret,
  typesOf: () => [],
  bodyOf({ payload }) {
    const event = parseJson(payload)
    const data = isRecord(event) && isRecord(event['data']) ? event['data'] : {}
    const { session_id: id, status, query } = data
    const told = new URLSearchParams({ session_id: String(id), status: String(status) }).toString()
    return typeof query === 'string' && query !== '' ? `${query}&${told}` : told
  },
  headersOf: (attempt) => standard.headersOf(attempt),
}
