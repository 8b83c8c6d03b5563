/**
 * Every way in which a request can be refused: its stable code, its HTTP status on the native API, and what it
 * means. Surfaces translate the same codes into their own words.
 */
export const errorCodes = {
  validation_failed: 400,
  invalid_json: 400,
  invalid_encoding: 400,
  bad_request: 400,
  invalid_api_key: 401,
  insufficient_credits: 402,
  account_deactivated: 403,
  limit_reached: 403,
  forbidden: 403,
  country_not_allowed: 403,
  registration_closed: 403,
  signature_invalid: 403,
  not_found: 404,
  message_not_found: 404,
  template_not_found: 404,
  media_not_found: 404,
  media_gone: 410,
  session_not_found: 404,
  otp_not_found: 404,
  otp_service_not_found: 404,
  already_subscribed: 409,
  not_subscribed: 409,
  idempotency_conflict: 409,
  message_not_cancelable: 409,
  message_not_retryable: 409,
  message_not_inbound: 409,
  read_not_supported: 409,
  credentials_missing: 409,
  business_account_missing: 409,
  session_stopped: 409,
  session_not_linked: 409,
  session_linked: 409,
  no_pairing_code: 409,
  delivery_not_resendable: 409,
  endpoint_disabled: 409,
  recovery_running: 409,
  session_exists: 409,
  session_protected: 409,
  otp_not_pending: 409,
  otp_template_missing: 409,
  otp_services_full: 409,
  linked_device_refused: 409,
  template_exists: 409,
  method_not_allowed: 405,
  request_timeout: 408,
  payload_too_large: 413,
  unsupported_media_type: 415,
  headers_too_large: 431,
  credentials_rejected: 422,
  media_refused: 422,
  template_refused: 422,
  read_refused: 422,
  billing_refused: 422,
  rate_limited: 429,
  resend_cooldown: 429,
  send_budget: 429,
  number_limit: 429,
  prefix_limit: 429,
  client_limit: 429,
  number_cooling: 429,
  prefix_blocked: 429,
  not_configured: 501,
  pairing_failed: 503,
  provider_unreachable: 503,
  session_paused: 503,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<string, number>
export type ErrorCode = keyof typeof errorCodes

/**
 * The fields of requests that services refuse, in our own words. Each API words them as its callers wrote them. What
 * follows a dot is the place inside the field.
 */
export type Field =
  | 'recipient'
  | 'address'
  | 'sender'
  | 'customer'
  | 'raw'
  | 'sendAt'
  | 'replyTo'
  | 'items'
  | 'content'
  | 'file'
  | 'fileType'
  | 'url'
  | 'from'
  | 'to'
  | 'conversation'
  | 'since'
  | 'secret'
  | 'gracePeriodSeconds'
  | 'credentials'
  | 'settings'
  | 'phone'
  | 'ratePerSecond'
  | 'credits'
  | 'code'
  | 'locale'
  | 'name'
  | 'callbackUrl'
  | 'session'
  | `${'draft' | 'template' | 'media' | 'interactive' | 'reaction' | 'credentials' | 'settings' | 'headers' | 'sessions' | 'testNumbers'}.${string}`
  | 'language'

/** A place in a request of the native API, where that API itself refuses it. */
export type RequestPath = `${'body' | 'query' | 'params' | 'headers'}${string}`

/** One thing that is wrong with a request: where, and what to change. */
export interface ErrorDetail {
  path: Field | RequestPath
  message: string
  /** The list in which valid values can be looked up. */
  see?: 'templates'
}

/** An act by which the caller can mend a refusal. Data, because each API names its own routes and fields. */
export type Remedy =
  | { do: 'connect_sender' }
  | { do: 'choose_sender'; names: string[] }
  | { do: 'verify_sender'; sessionId: string; name: string }
  | { do: 'replace_sender' }
  | { do: 'pair_device'; sessionId: string }
  | { do: 'save_credentials'; again: boolean }
  | { do: 'save_business_account' }
  | { do: 'check_business_account' }
  | { do: 'open_portal' }
  | { do: 'open_checkout' }
  /** `sold`: credits can be bought here; else the operator gives them. */
  | { do: 'top_up'; sold: boolean }
  | { do: 'create_code_template'; service: string }
  | { do: 'save_text_template'; service: string }

/**
 * An expected refusal. `message` is public text that says what is wrong; `remedy` is what to do about it, which each
 * API words and appends; an internal reason goes into `cause` and never leaves the log.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetail[] | undefined
  readonly remedy: Remedy | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetail[]; remedy?: Remedy; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details === undefined ? undefined : firstOf(options.details)
    this.remedy = options.remedy
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** An answer names so many faults at most: it must not grow with what somebody sent. */
const detailsMax = 20

function firstOf(details: ErrorDetail[]): ErrorDetail[] {
  if (details.length <= detailsMax) return details
  const left = details.length - detailsMax + 1
  return [...details.slice(0, detailsMax - 1), { path: 'body', message: `has ${left} more faults` }]
}

/** The refusal of a request whose fields are not valid, each with the reason. */
export function invalidRequest(details: ErrorDetail[], message = 'The request is not valid.'): AppError {
  return new AppError('validation_failed', message, { details })
}

/** The refusal of a request with one field that is not valid. */
export function invalidField(path: ErrorDetail['path'], message: string): AppError {
  return invalidRequest([{ path, message }])
}
