import { AppError, errorCodes, type ErrorCode, type Remedy } from '../../../domain/app-error.ts'

/** The sentences of the answers, to the letter: clients compare them. */
export const sentences = {
  sent: 'OTP sent successfully',
  verified: 'OTP has been verified',
  invalid: 'Validation error',
  unauthorized: 'Authorization failed',
  quota: 'Quota insufficient',
  blocked: 'Msisdn invalid: msisdn has been blocked',
  tooMany: 'Too many request in the allowed time frame',
  notFound: 'OTP not found',
  expired: 'OTP cannot be verified because Time limit exceeded',
  exhausted: 'OTP cannot be verified because Attempt limit exceeded',
  scenario: 'Invalid Scenario',
} as const

/** A refusal that only this API has. */
export class Refused extends AppError {
  readonly status: number

  constructor(status: number, message: string) {
    super('bad_request', message)
    this.name = 'Refused'
    this.status = status
  }
}

/** Refusals that have a status and a sentence of their own here. */
const fixed: Partial<Record<ErrorCode, readonly [status: number, message: string]>> = {
  invalid_api_key: [401, sentences.unauthorized],
  insufficient_credits: [403, sentences.quota],
  prefix_blocked: [409, sentences.blocked],
  country_not_allowed: [409, sentences.blocked],
  rate_limited: [429, sentences.tooMany],
  resend_cooldown: [429, sentences.tooMany],
  send_budget: [429, sentences.tooMany],
  number_limit: [429, sentences.tooMany],
  prefix_limit: [429, sentences.tooMany],
  client_limit: [429, sentences.tooMany],
  number_cooling: [429, sentences.tooMany],
  otp_not_found: [404, sentences.notFound],
}

/** Refusals of the sender or its template, which are a fault of the request here. */
const unsendable: ReadonlySet<ErrorCode> = new Set([
  'session_not_found',
  'credentials_missing',
  'business_account_missing',
  'otp_service_not_found',
  'otp_template_missing',
  'linked_device_refused',
  'session_stopped',
  'session_not_linked',
  'credentials_rejected',
])

/** A refusal as clients of this API read it. */
export function wordRefusal(refusal: AppError): { status: number; message: string } {
  if (refusal instanceof Refused) return { status: refusal.status, message: refusal.message }
  const { code, message, remedy } = refusal
  const [status, sentence] = fixed[code] ?? []
  if (status !== undefined && sentence !== undefined) return { status, message: sentence }
  if (code === 'validation_failed') return { status: 400, message: wordDetails(refusal) }
  const reason = remedy === undefined ? message : `${message} ${remedyText(remedy)}`.trim()
  return unsendable.has(code)
    ? { status: 400, message: `${sentences.invalid}: ${reason}` }
    : { status: errorCodes[code], message: reason }
}

/** The fields of services, as clients of this API write them. */
const fields: Record<string, string> = {
  recipient: 'msisdn',
  callbackUrl: 'callback_url',
  code: 'otp',
  locale: 'lang_code',
  template: 'template_name',
}

function wordDetails({ message, details = [] }: AppError): string {
  const reasons = details.map(({ path, message: wrong }) => {
    const inner = path.replace(/^(body|params|query|headers)(\.|$)/, '')
    const [root = ''] = inner.split('.')
    return `${root === '' ? 'The JSON body' : (fields[root] ?? root)} ${wrong}`
  })
  return `${sentences.invalid}: ${reasons.length === 0 ? message : reasons.join('; ')}`
}

/** The call of the native API that mends it; nothing where the message says it already. */
function remedyText(remedy: Remedy): string {
  switch (remedy.do) {
    case 'create_code_template':
      return `Make one with POST /otp/services/${remedy.service}/template.`
    case 'connect_sender':
      return 'Connect a sender with PUT /auth/me/credentials, or try everything with a test key.'
    case 'choose_sender':
      return `Name one of ${remedy.names.map((name) => `"${name}"`).join(', ')} as "session" with PUT /otp/services/default.`
    case 'verify_sender':
      return `Mend it, then call POST /sessions/${remedy.sessionId}/verify.`
    case 'pair_device':
      return `Pair it with POST /sessions/${remedy.sessionId}/pair.`
    case 'save_credentials':
    case 'save_business_account':
      return 'Save them with PUT /auth/me/credentials.'
    default:
      return ''
  }
}
