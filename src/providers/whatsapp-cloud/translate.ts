import { z } from 'zod'
import { isRetryable, type SendErrorCode } from '../../domain/messages/send-errors.ts'
import { graphErrorBody, mapGraphError } from '../../wire/meta/errors.ts'
import { redactText } from '../../wire/meta/redact.ts'
import { sendResponse } from '../../wire/meta/send.ts'
import type { CredentialCheck, Refusal, SendOutcome } from '../contract.ts'
import type { Exchange } from './exchange.ts'
import { parseJson } from '../../kit/json/parse-json.ts'

/** Reads what became of a send. `secrets` never come back in the outcome. */
export function outcomeOf(result: Exchange, secrets: readonly string[]): SendOutcome {
  switch (result.state) {
    case 'unsent':
      return refused('connection_failed', `Graph could not be reached: ${redactText(result.reason, secrets)}`)
    case 'unanswered':
      return { outcome: 'unknown', detail: `Graph did not answer: ${redactText(result.reason, secrets)}` }
    case 'answered':
      return outcomeOfAnswer(result, secrets)
  }
}

type Answer = Extract<Exchange, { state: 'answered' }>

function outcomeOfAnswer({ status, headers, text }: Answer, secrets: readonly string[]): SendOutcome {
  const body = parseJson(text)
  if (isSuccess(status)) {
    const accepted = sendResponse.safeParse(body)
    if (accepted.success) {
      const { messages, contacts } = accepted.data
      return { outcome: 'accepted', externalId: messages[0].id, recipient: contacts }
    }
  }
  if (graphErrorBody.safeParse(body).success) {
    const { code, ...rest } = mapGraphError({ httpStatus: status, body, headers }, secrets)
    return { outcome: 'refused', code, retryable: isRetryable(code), ...rest }
  }
  const detail = `HTTP ${status} without a readable answer of Graph's`
  if (mayHaveReachedGraph(status)) return { outcome: 'unknown', detail }
  const { retryAfterMs } = mapGraphError({ httpStatus: status, body, headers }, secrets)
  return {
    ...refused(status === 429 ? 'throttled' : 'provider_unavailable', detail),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/**
 * Whether a request may have been carried out although the answer is not Graph's. A success may, and so may
 * what a gateway reports when it lost Graph half way (502, 504) or when something broke behind it (500). A
 * 503 and everything below 500 say that the server did not pass the request on: an overloaded gateway,
 * a proxy, a wrong address. Trying those again is safe, and calling them unknown would make every outage of
 * a gateway wait for callbacks that cannot come.
 */
function mayHaveReachedGraph(status: number): boolean {
  return isSuccess(status) || (status >= 500 && status !== 503)
}

const phoneNumber = z.object({
  id: z.string(),
  display_phone_number: z.string().optional().catch(undefined),
  verified_name: z.string().optional().catch(undefined),
  quality_rating: z.string().optional().catch(undefined),
})

/** Reads the answer to `GET /{phone-number-id}`. It verifies the token, not that callbacks reach us. */
export function credentialCheckOf(result: Exchange, secrets: readonly string[]): CredentialCheck {
  const answer = answerOf(result, secrets)
  if (!answer.ok) {
    const { httpStatus: _httpStatus, ...refusal } = answer
    return refusal
  }
  const number = phoneNumber.safeParse(answer.body)
  if (!number.success) return unreadable(result)
  return {
    ok: true,
    displayPhoneNumber: number.data.display_phone_number ?? null,
    verifiedName: number.data.verified_name ?? null,
    qualityRating: number.data.quality_rating ?? null,
  }
}

/** An answer of Graph's to anything but a send: the body of a success, or why there is none. */
export type GraphReply =
  | { ok: true; body: unknown }
  | (Refusal & { httpStatus: number | null; provider?: unknown })

/** Reads an answer to what may be asked twice. `secrets` never come back in it. */
export function answerOf(result: Exchange, secrets: readonly string[]): GraphReply {
  if (result.state !== 'answered') {
    const detail = redactText(result.reason, secrets)
    return { ok: false, code: 'provider_unreachable', detail, httpStatus: null }
  }
  const { status: httpStatus, headers } = result
  const body = parseJson(result.text)
  if (isSuccess(httpStatus) && body !== undefined) return { ok: true, body }
  if (!graphErrorBody.safeParse(body).success) return { ...unreadable(result), httpStatus }
  const { code, detail, provider } = mapGraphError({ httpStatus, body, headers }, secrets)
  return { ok: false, code, detail, provider, httpStatus }
}

/** Reads the answer to a request of which nothing but its success matters. */
export function doneOf(result: Exchange, secrets: readonly string[]): { ok: true } | Refusal {
  const answer = answerOf(result, secrets)
  return answer.ok ? { ok: true } : { ok: false, code: answer.code, detail: answer.detail }
}

function unreadable(result: Exchange): Refusal {
  const status = result.state === 'answered' ? result.status : 0
  const detail = `HTTP ${status} without a readable answer of Graph's`
  return { ok: false, code: 'provider_unreachable', detail }
}

function refused(code: SendErrorCode, detail: string) {
  return { outcome: 'refused' as const, code, retryable: isRetryable(code), detail }
}

const isSuccess = (status: number) => status >= 200 && status < 300
