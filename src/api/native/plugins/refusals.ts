import type { AppError, ErrorDetail, Field, Remedy } from '../../../domain/app-error.ts'
import { shorthandSessionName } from '../../../services/senders/providers.ts'

// The words of the native API for what services refuse: its field names and its routes.

/** The paths of the fields, as callers of the native API write them. */
const paths: Record<RootOf<Field>, string> = {
  recipient: 'body.to',
  address: 'params.address',
  sender: 'params.id',
  customer: 'body.from',
  raw: 'body.raw',
  sendAt: 'body.sendAt',
  replyTo: 'body.replyTo',
  items: 'body.messages',
  content: 'body',
  file: 'body.file',
  fileType: 'body.type',
  url: 'body.url',
  from: 'query.from',
  to: 'query.to',
  conversation: 'query.with',
  since: 'body.since',
  secret: 'body.secret',
  gracePeriodSeconds: 'body.gracePeriodSeconds',
  credentials: 'body.credentials',
  settings: 'body.settings',
  phone: 'body.phone',
  ratePerSecond: 'body.ratePerSecond',
  credits: 'body.credits',
  language: 'query.language',
  draft: 'body',
  template: 'body.template',
  media: 'body.media',
  interactive: 'body.interactive',
  reaction: 'body.reaction',
  headers: 'body.headers',
  sessions: 'body.sessions',
  code: 'body.code',
  locale: 'body.locale',
  name: 'params.name',
  callbackUrl: 'body.callbackUrl',
  session: 'body.session',
  testNumbers: 'body.testNumbers',
}
type RootOf<Path extends string> = Path extends `${infer Root}.${string}` ? Root : Path

const requestPath = /^(body|query|params|headers)\b/

/** A detail as the native API shows it. A path that the API gave itself stays as it is. */
export function wordDetail({ path, message, see }: ErrorDetail): { path: string; message: string } {
  return {
    path: pathOf(path),
    message: see === undefined ? message : `${message}; see GET /${see}`,
  }
}

function pathOf(path: string): string {
  const [root = '', ...rest] = path.split('.')
  const known = Object.entries(paths).find(([field]) => field === root)?.[1]
  // `headers` alone is a header of the request; with a number, one of a webhook endpoint.
  const isOwn = requestPath.test(path) && !/^headers\.\d/.test(path)
  return isOwn || known === undefined ? path : [known, ...rest].join('.')
}

/** A refusal as one text: what is wrong, and what to do about it. */
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
