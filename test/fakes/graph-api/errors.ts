import type { ServerResponse } from 'node:http'
import { answerJson, type Json } from '../http.ts'

/**
 * The errors of Meta's Graph API that a sender can meet: the HTTP status, and the title that stands in the
 * answer. Meta has stopped documenting the statuses; these are those of its earlier error page. Rate limits
 * come as 400.
 * Source: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
 */
const errors: Record<number, readonly [httpStatus: number, title: string]> = {
  0: [401, 'AuthException'],
  1: [400, 'API Unknown'],
  2: [503, 'API Service'],
  3: [500, 'API Method'],
  4: [400, 'Application request limit reached'],
  10: [403, 'Application does not have permission for this action'],
  33: [400, 'Parameter value is not valid'],
  100: [400, 'Invalid parameter'],
  190: [401, 'Access token has expired'],
  200: [403, 'Permissions error'],
  368: [403, 'Temporarily blocked for policies violations'],
  2200: [400, 'Callback verification failed'],
  80007: [400, 'Rate limit issues'],
  130403: [400, 'Recipient is blocked by the business'],
  130429: [400, 'Rate limit hit'],
  130472: [400, "User's number is part of an experiment"],
  130497: [403, 'Business account is restricted from messaging users in this country'],
  131000: [500, 'Something went wrong'],
  131005: [403, 'Access denied'],
  131008: [400, 'Required parameter is missing'],
  131009: [400, 'Parameter value is not valid'],
  131016: [500, 'Service unavailable'],
  131021: [400, 'Recipient cannot be sender'],
  131026: [400, 'Message undeliverable'],
  131031: [403, 'Account has been locked'],
  131037: [400, 'Display name approval is needed before sending'],
  131042: [400, 'Business eligibility payment issue'],
  131045: [500, 'Incorrect certificate'],
  131047: [400, 'Re-engagement message'],
  131048: [400, 'Spam rate limit hit'],
  131049: [400, 'This message was not delivered to maintain healthy ecosystem engagement.'],
  131050: [400, 'User has stopped marketing messages'],
  131051: [400, 'Message type unknown'],
  131052: [400, 'Media download error'],
  131053: [400, 'Media upload error'],
  131056: [400, '(Business Account, Consumer Account) pair rate limit hit'],
  131057: [500, 'Account in maintenance mode'],
  131062: [400, 'Business-scoped user id recipients are not supported for this message'],
  131063: [400, 'Marketing templates are disabled'],
  131064: [400, 'Messaging limit reached'],
  132000: [400, 'Template Param Count Mismatch'],
  132001: [404, 'Template name does not exist in the translation'],
  132005: [400, 'Template hydrated text too long'],
  132007: [400, 'Template format character policy violated'],
  132012: [400, 'Template parameter format mismatch'],
  132015: [400, 'Template is paused'],
  132016: [400, 'Template is disabled'],
  132018: [400, 'Template validation failed'],
  132068: [400, 'Flow is in blocked state'],
  132069: [400, 'Flow is in throttled state'],
  133000: [500, 'Incomplete deregistration'],
  133004: [503, 'Server temporarily unavailable'],
  133005: [400, 'Two step verification PIN mismatch'],
  133006: [400, 'Phone number re-verification needed'],
  133008: [400, 'Too many two step verification PIN guesses'],
  133009: [400, 'Two step verification PIN guessed too fast'],
  133010: [400, 'Phone number not registered'],
  133015: [400, 'Please wait a few minutes before attempting to register'],
  133016: [400, 'Account registration limit exceeded'],
  134011: [400, 'WhatsApp payments terms of service have not been accepted'],
  135000: [400, 'Generic user error'],
}

/** Codes after which Graph itself says that trying again may help. */
const transient = new Set([1, 2, 131000, 131016, 133004])

/** Why a request is refused. `message` replaces the default `(#code) title`. */
export interface Refusal {
  code: number
  details?: string | undefined
  message?: string
  subcode?: number
  /** For the person who asked, as errors of templates have it. */
  userTitle?: string
  userMessage?: string
  type?: string
  /** Overrides the documented HTTP status. */
  status?: number | undefined
  retryAfterSeconds?: number | undefined
}

/** The words for a code, as they stand in answers and in `failed` callbacks. */
export function errorTitle(code: number): string {
  return errors[code]?.[1] ?? 'Something went wrong'
}

/** Answers a refusal the way Graph does. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  const headers: Record<string, string> = {}
  if (refusal.retryAfterSeconds !== undefined) headers['retry-after'] = String(refusal.retryAfterSeconds)
  if (refusal.code === 190) headers['www-authenticate'] = 'OAuth "Facebook Platform" "invalid_token"'
  const status = refusal.status ?? errors[refusal.code]?.[0] ?? 400
  answerJson(response, status, { error: errorBody(refusal) }, headers)
}

function errorBody(refusal: Refusal): Json {
  const { code, details, message, subcode, type, userTitle, userMessage } = refusal
  return {
    message: message ?? `(#${code}) ${errorTitle(code)}`,
    type: type ?? 'OAuthException',
    code,
    ...(transient.has(code) ? { is_transient: true } : {}),
    ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    ...(userTitle === undefined ? {} : { error_user_title: userTitle }),
    ...(userMessage === undefined ? {} : { error_user_msg: userMessage }),
    fbtrace_id: `A${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`,
  }
}

/** Refusals that belong to no single code. */
export const invalidToken: Refusal = {
  code: 190,
  message: 'Invalid OAuth access token - Cannot parse access token',
}
export const expiredToken: Refusal = {
  code: 190,
  subcode: 463,
  message: 'Error validating access token: Session has expired.',
}
export function unknownObject(id: string, method: string): Refusal {
  return {
    code: 100,
    subcode: 33,
    type: 'GraphMethodException',
    message:
      `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be ` +
      'loaded due to missing permissions, or does not support this operation. Please read the Graph API ' +
      'documentation at https://developers.facebook.com/docs/graph-api',
  }
}
