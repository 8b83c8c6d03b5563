import { z } from 'zod'
import type { ProviderWords } from '../../domain/provider-words.ts'
import { sendErrorRule, type SendErrorCode } from '../../domain/messages/send-errors.ts'
import { retryAfterMs } from '../../kit/net/retry-after.ts'
import { errorRow } from './error-table.ts'
import { wordsOfError } from './fields/words.ts'
import { redactText, redactValue } from './redact.ts'
import { parseJson } from '../../kit/json/parse-json.ts'

/**
 * An error as Graph reports it: in the body of an answer, or in the `errors` of a callback. Only the code is
 * always there. Generic Graph errors have no `error_data`, those of callbacks have a `title`.
 */
const graphError = z.object({
  code: z.number().int(),
  error_subcode: z.number().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  error_data: z
    .object({ details: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  error_user_title: z.string().optional().catch(undefined),
  error_user_msg: z.string().optional().catch(undefined),
  is_transient: z.boolean().optional().catch(undefined),
})
type GraphError = z.infer<typeof graphError>

/** The body of an answer that refuses. */
export const graphErrorBody = z.object({ error: graphError })

/** A refusal of Graph's in our words. */
export interface MappedGraphError {
  code: SendErrorCode
  /** Meta's message and details, free of credentials. */
  detail: string
  retryAfterMs?: number
  /** Graph's answer, as it came, free of credentials. */
  provider: unknown
  /** The same in fields; null when it cannot be read. */
  words: ProviderWords | null
}

export interface GraphAnswer {
  httpStatus: number
  /** The parsed body, whatever it is. */
  body: unknown
  headers: Record<string, string | string[] | undefined>
}

/**
 * Maps an answer that refuses a request. A body without a readable Graph error counts as an unknown code.
 * `secrets` are taken out of everything that is kept.
 */
export function mapGraphError(answer: GraphAnswer, secrets: readonly string[] = []): MappedGraphError {
  const parsed = graphErrorBody.safeParse(answer.body)
  const error = parsed.success ? parsed.data.error : null
  const row = error && errorRow(error.code, error.error_subcode)
  const code = row?.error ?? fallback(answer.httpStatus, error)
  const retryAfterMs = retryAfter(code, answer.headers, row?.waitMs)
  return {
    code,
    detail: redactText(error ? sentence(error) : `Graph answered HTTP ${answer.httpStatus}`, secrets),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    provider: redactValue(providerPart(answer.body), secrets),
    words: error === null ? null : wordsOfError(redactValue(providerPart(answer.body), secrets)),
  }
}

/** Maps one entry of the `errors` of a callback, which has neither HTTP status nor headers. */
export function mapCallbackError(raw: unknown): { code: SendErrorCode; detail: string; provider: unknown } {
  const parsed = graphError.safeParse(raw)
  // A failure without a reason: nothing says that it would happen again, or that it would not.
  if (!parsed.success) {
    return { code: 'provider_ambiguous', detail: 'Meta gave no reason', provider: redactValue(raw) }
  }
  return {
    code: errorRow(parsed.data.code, parsed.data.error_subcode)?.error ?? fallback(200, parsed.data),
    detail: redactText(sentence(parsed.data)),
    provider: redactValue(raw),
  }
}

/** The word for a code that the table does not have, or for an answer that has none. */
function fallback(httpStatus: number, error: GraphError | null): SendErrorCode {
  return httpStatus >= 500 || error?.is_transient === true ? 'provider_unavailable' : 'provider_error'
}

/** The message and what it leaves out, each said once: callbacks repeat their title as the message. */
function sentence(error: GraphError): string {
  const message = error.message ?? error.title ?? `Graph error ${error.code}`
  const told = [error.error_user_title, error.error_user_msg].filter((text) => text !== undefined).join(': ')
  const details = error.error_data?.details ?? (told === '' ? undefined : told)
  return details === undefined || message.includes(details)
    ? message
    : `${message.replace(/\.$/, '')}: ${details}`
}

function providerPart(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'error' in body ? body.error : body
}

/** No hint of Meta's holds a message longer than its own longest wait. */
const retryAfterMsMax = 86_400_000

/** The longest wait that the table or a header asks for, in milliseconds, when one does. */
function retryAfter(
  code: SendErrorCode,
  headers: GraphAnswer['headers'],
  waitMs: number | undefined,
): number | undefined {
  const { scope } = sendErrorRule(code)
  const longestMs = Math.max(
    waitMs ?? 0,
    retryAfterMs(headers['retry-after'], new Date()) ?? 0,
    // Meta sends its usage with every answer; it says when to come back only of what it throttles.
    scope === 'session' ? regainAccess(single(headers['x-business-use-case-usage'])) : 0,
  )
  return longestMs > 0 ? Math.min(retryAfterMsMax, longestMs) : undefined
}

const single = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)

const usage = z.record(
  z.string(),
  z.array(z.object({ estimated_time_to_regain_access: z.number().optional().catch(undefined) })),
)

/** `x-business-use-case-usage` counts the time until access comes back in minutes, per business object. */
function regainAccess(header: string | undefined): number {
  if (header === undefined) return 0
  const parsed = usage.safeParse(parseJson(header))
  if (!parsed.success) return 0
  const minutes = Object.values(parsed.data).flatMap((cases) =>
    cases.map((useCase) => useCase.estimated_time_to_regain_access ?? 0),
  )
  return Math.max(0, ...minutes) * 60_000
}
