import { errorCodes, type AppError, type ErrorCode, type ErrorDetail } from '../../../domain/app-error.ts'

// The words of this API for what services refuse: `{ "detail": "..." }`, and for fields a list with `loc`, `msg` and `type`.

/** One wrong field, as the API shows it. */
export interface FieldProblem {
  loc: string[]
  msg: string
  type: string
}

/** A refusal as it is answered. */
export interface Refusal {
  status: number
  detail: string | FieldProblem[]
}

/** Statuses that differ from those of the native API. */
const statuses: Partial<Record<ErrorCode, number>> = {
  invalid_json: 422,
  bad_request: 422,
  limit_reached: 400,
}

/** Texts that clients of this API may know. */
const texts: Partial<Record<ErrorCode, string>> = {
  session_not_found: 'Session not found',
  message_not_found: 'Message not found',
  credentials_missing: 'No connected WhatsApp session found. Please connect a session first.',
}

/** The refusal of a service in the words of this API. `fileField` is the field of the request that has a file's URL. */
export function wordRefusal(error: AppError, fileField: string): Refusal {
  const status = statuses[error.code] ?? errorCodes[error.code]
  if (error.code === 'validation_failed' && error.details !== undefined && error.details.length > 0) {
    return { status: 422, detail: error.details.map((one) => problemOf(one, fileField)) }
  }
  if (error.code === 'invalid_json') {
    const msg = ['JSON decode error:', error.details?.[0]?.message ?? error.message].join(' ')
    return { status, detail: [{ loc: ['body'], msg, type: 'json_invalid' }] }
  }
  return { status, detail: texts[error.code] ?? error.message }
}

/** The fields of bodies behind the fields that services name. */
const fields: Record<string, string> = {
  recipient: 'to',
  content: 'message',
  sessions: 'sessionId',
  ratePerSecond: 'rateLimitPerMinute',
}

const requestPath = /^(body|query|params|headers)\b\.?/
const places: Record<string, string> = { params: 'path', headers: 'header' }

function problemOf({ path, message }: ErrorDetail, fileField: string): FieldProblem {
  const place = requestPath.exec(path)?.[1] ?? 'body'
  const [root = '', ...inner] = path.replace(requestPath, '').split('.').filter(Boolean)
  const own = requestPath.test(path) ? undefined : root === 'media' ? fileField : fields[root]
  const named = own === undefined ? [root, ...inner].filter(Boolean) : [own]
  const missing = message === 'is required'
  return {
    loc: [places[place] ?? place, ...named],
    msg: missing ? 'Field required' : `Value error, ${message}`,
    type: missing ? 'missing' : 'value_error',
  }
}
