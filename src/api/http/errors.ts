import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Context } from '../../context.ts'
import {
  AppError,
  type ErrorDetail,
  invalidRequest,
  type Remedy,
  type RequestPath,
} from '../../domain/app-error.ts'
import { shorthandSessionName } from '../../services/senders/providers.ts'

/** Fastify's own errors, as refusals of ours. */
const fastifyErrors: Record<string, (error: FastifyError) => AppError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new AppError(
      'unsupported_media_type',
      'Send the body as JSON, with the header Content-Type: application/json.',
    ),
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new AppError(
      'payload_too_large',
      'The body is too large. Send at most 1 MiB, or 16 KiB without a key; send media by its URL or id.',
    ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new AppError('invalid_json', 'The Content-Length header does not match the body.'),
  FST_ERR_BAD_URL: () => new AppError('not_found', 'The path cannot be read.'),
  FST_ERR_MAX_PARAM_LENGTH: () => new AppError('not_found', 'The path is too long.'),
}

/** Logs the errors that an operator should see; those that come by the thousand at most once in five seconds. */
export function errorLog(ctx: Context): (refusal: AppError, cause: Error, requestId: string) => void {
  const rarely = onceIn(5_000)
  return ({ code }, err, requestId) => {
    if (code === 'unavailable') rarely(() => ctx.log.warn({ err }, 'requests are turned away'))
    else if (code === 'provider_unreachable')
      ctx.log.warn({ err, requestId }, 'a provider could not be asked')
    else if (code === 'internal') ctx.log.error({ err, requestId }, 'a request failed')
  }
}

/** Runs an act unless it ran within the last `ms`: trouble that concerns everybody is logged once. */
function onceIn(ms: number): (act: () => void) => void {
  let againAt = 0
  return (act) => {
    const now = performance.now()
    if (now < againAt) return
    againAt = now + ms
    act()
  }
}

/** The error that a handler, a hook or Fastify itself threw, as a refusal. */
export function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const details = error.validation.flatMap((problem) =>
      detailsOf(
        error.validationContext ?? 'body',
        problem.instancePath.split('/').filter(Boolean),
        problem.message ?? 'is not valid',
        problem.params,
      ),
    )
    return invalidRequest(details)
  }
  const known = fastifyErrors[error.code]
  if (known !== undefined) return known(error)
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new AppError('invalid_json', error.message)
  }
  return new AppError(
    'internal',
    'Something went wrong on our side. It has been logged with this request id.',
    {
      cause: error,
    },
  )
}

/** The parts of a request, by Fastify's names. */
const contexts: Record<string, 'body' | 'query' | 'params' | 'headers'> = {
  body: 'body',
  querystring: 'query',
  params: 'params',
  headers: 'headers',
}

/** One detail for each wrong field; an unknown field is named by its own path. */
export function detailsOf(
  context: string,
  segments: string[],
  message: string,
  params: unknown,
): ErrorDetail[] {
  const path: RequestPath = `${contexts[context] ?? 'body'}${segments.map((segment) => `.${segment}`).join('')}`
  const unknownKeys = keysOf(params)
  if (unknownKeys.length > 0) {
    return unknownKeys.map((key) => ({ path: `${path}.${key}` as const, message: 'is not a known field' }))
  }
  return [{ path, message }]
}

function keysOf(params: unknown): string[] {
  if (typeof params !== 'object' || params === null || !('keys' in params)) return []
  // More are never shown.
  return Array.isArray(params.keys) ? params.keys.slice(0, 100).map(String) : []
}

/** A refusal as one text: what is wrong, and what to do about it by the routes of the native API, which alone has some for it. */
export function wordRefusal({ message, remedy }: Pick<AppError, 'message' | 'remedy'>): string {
  return remedy === undefined ? message : `${message} ${remedyText(remedy)}`
}

function remedyText(remedy: Remedy): string {
  switch (remedy.do) {
    case 'connect_sender':
      return (
        'Save your Meta credentials with PUT /auth/me/credentials, ' +
        'or try the gateway with "session": "sandbox" or "dry_run": true.'
      )
    case 'choose_sender':
      return (
        'Name one in "session", or make one the default with PATCH /sessions/:id and {"default": true}. ' +
        `There are: ${remedy.names.map((name) => `"${name}"`).join(', ')}.`
      )
    case 'verify_sender':
      return `Mend it, then call ${verifyRoute(remedy)}.`
    case 'replace_sender':
      return 'Rename or delete it first, or use POST /sessions.'
    case 'pair_device':
      return `Pair it with POST /sessions/${remedy.sessionId}/pair, or connect it again if it was replaced.`
    case 'save_credentials':
      return remedy.again
        ? 'Save them again with PUT /auth/me/credentials or PATCH /sessions/:id.'
        : 'Save them first with PUT /auth/me/credentials.'
    case 'save_business_account':
      return (
        'Save its id: PUT /auth/me/credentials with whatsappBusinessAccountId, ' +
        'beside the other credentials.'
      )
    case 'check_business_account':
      return 'Check the access token and whatsappBusinessAccountId.'
    case 'open_portal':
      return 'Change or end it in the portal: GET /billing/portal.'
    case 'open_checkout':
      return 'Start one with POST /billing/checkout.'
    case 'save_text_template':
      return (
        'Make a utility template whose body has one variable with POST /templates, and name it in `textTemplate` ' +
        `with PUT /otp/services/${remedy.service}.`
      )
    case 'create_code_template':
      return `Make one with POST /otp/services/${remedy.service}/template; GET /templates shows when Meta has approved it.`
    case 'top_up':
      if (remedy.sold) return 'Buy more with POST /billing/credits/checkout, or on the page /billing/buy.'
      return 'Ask the operator of this installation for more; GET /billing/credits shows what became of yours.'
  }
}

/** The session of the shorthand has a route of its own. */
function verifyRoute({ name, sessionId }: Extract<Remedy, { do: 'verify_sender' }>): string {
  return name === shorthandSessionName
    ? 'POST /auth/me/credentials/verify'
    : `POST /sessions/${sessionId}/verify`
}
