import type { ErrorDetail, Field } from '../../../domain/app-error.ts'

// The words of the native API for what services refuse: its field names. Its routes are in `http/errors.ts`.

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
