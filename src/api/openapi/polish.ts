import type { DocumentedByHand } from '../http/endpoint.ts'

type Node = Record<string, unknown>

/**
 * Makes the generated document pleasant to read, in place: says what each status means with an example of
 * its own, adds the parts that endpoints document by hand (`byHand`, by operation id), and leaves out what only
 * machines enjoy.
 */
export function polish<Document extends object>(
  document: Document,
  byHand: ReadonlyMap<string, DocumentedByHand>,
): Document {
  simplify(document)
  for (const [, methods] of children(child(document, 'paths'))) {
    for (const [, operation] of children(methods)) {
      const { parameters, ...rest } = byHand.get(String(operation['operationId'])) ?? {}
      Object.assign(operation, rest)
      if (parameters !== undefined)
        operation['parameters'] = [...list(operation['parameters']), ...parameters]
      for (const [status, response] of children(child(operation, 'responses'))) explain(status, response)
      allowNoBody(child(operation, 'requestBody'))
    }
  }
  // The reading side of the failure answer, which nobody sends, and the answering side of a send, which nobody gets.
  const schemas = child(child(document, 'components'), 'schemas')
  for (const name of ['ErrorInput', 'SendMessage']) delete schemas[name]
  return document
}

const meanings: Record<string, string> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Accepted: it is stored, and the rest goes on in the background.',
  400: 'The request is not valid; `details` names each wrong field.',
  401: 'The API key is missing, malformed or wrong.',
  402: 'The account has too few credits.',
  403: 'Not allowed: the account is deactivated, or this is not for you.',
  404: 'There is no such thing in your account.',
  409: 'It conflicts with what is: an idempotency key that was used for something else, or a state that forbids it.',
  410: 'It was there, and is not any more.',
  413: 'The body is too large.',
  415: 'The body is not of a type that is taken here.',
  422: 'Understood, and refused by the provider.',
  429: 'Too many requests: wait as long as Retry-After says.',
  501: 'Not set up on this installation.',
  503: 'Not now: try again after Retry-After.',
}

/** The example of a refusal, by its status. 400 has its example in the schema. */
const refusals: Record<string, { error: string; code: string }> = {
  401: { error: 'Invalid API key.', code: 'invalid_api_key' },
  402: {
    error: 'This needs 1 credit and your account has 0 left. Ask the operator of this installation for more.',
    code: 'insufficient_credits',
  },
  403: { error: 'Your account has been deactivated.', code: 'account_deactivated' },
  404: { error: 'There is no such message in your account.', code: 'message_not_found' },
  409: { error: 'This Idempotency-Key was used for a different request.', code: 'idempotency_conflict' },
  410: { error: 'WhatsApp does not keep this file any more.', code: 'media_gone' },
  413: { error: 'The body is too large.', code: 'payload_too_large' },
  415: {
    error: 'Send the body as JSON, with the header Content-Type: application/json.',
    code: 'unsupported_media_type',
  },
  422: { error: 'Meta does not accept these credentials.', code: 'credentials_rejected' },
  429: { error: 'Too many requests.', code: 'rate_limited' },
  501: { error: 'Billing is not set up on this installation.', code: 'not_configured' },
  503: { error: 'The service cannot store anything right now. Try again shortly.', code: 'unavailable' },
}

const retryAfter = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' }, example: 2 },
}

function explain(status: string, response: Node): void {
  const meaning = meanings[status]
  if (meaning !== undefined && response['description'] === 'Default Response')
    response['description'] = meaning
  if (status === '429' || status === '503') response['headers'] = retryAfter
  const json = child(child(response, 'content'), 'application/json')
  const refusal = refusals[status]
  if (refusal === undefined || child(json, 'schema')['$ref'] !== '#/components/schemas/Error') return
  json['example'] = { success: false, ...refusal, requestId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59' }
}

/** A body that may be null is one that may be left out: Fastify gives null for it. */
function allowNoBody(body: Node): void {
  const json = child(child(body, 'content'), 'application/json')
  const [schema, otherwise, ...more] = list(child(json, 'schema')['anyOf'])
  if (!isNode(schema) || !isNode(otherwise) || otherwise['type'] !== 'null' || more.length > 0) return
  json['schema'] = schema
  body['required'] = false
}

const plainFormats = new Set<unknown>(['uuid', 'date-time', 'email'])

/** A format says what its pattern repeats at length. */
function simplify(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if ('format' in value && 'pattern' in value && plainFormats.has(value.format)) delete value.pattern
  for (const inner of Object.values(value)) simplify(inner)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A part of the document; empty where there is none. */
function child(node: object, key: string): Node {
  const found: unknown = Object.entries(node).find(([name]) => name === key)?.[1]
  return isNode(found) ? found : {}
}

function children(node: Node): [string, Node][] {
  return Object.entries(node).flatMap(([key, value]) =>
    isNode(value) ? [[key, value] as [string, Node]] : [],
  )
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
