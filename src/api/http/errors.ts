import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Context } from '../../context.ts'
import { AppError, type ErrorDetail, invalidRequest, type RequestPath } from '../../domain/app-error.ts'

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
      'The body is too large. Send at most 1 MiB; send media by its URL or id.',
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
  return Array.isArray(params.keys) ? params.keys.map(String) : []
}
