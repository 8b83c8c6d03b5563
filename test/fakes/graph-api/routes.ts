import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerJson, type Json, parseJson, readBody } from '../http.ts'
import { finish, isAccepting } from './effects.ts'
import { refuse, type Refusal, unknownObject } from './errors.ts'
import { isMedia } from './media.ts'
import { postMessage } from './messages.ts'
import type { Endpoint } from './rules.ts'
import { accountPhones, phoneFor, refuseToken, type State } from './state.ts'
import {
  beginUpload,
  changeTemplate,
  createTemplate,
  deleteTemplates,
  endUpload,
  previews,
  upsertTemplates,
} from './template-making.ts'
import { templatePage } from './templates.ts'

/** A request to Graph with a good token: `/{version}/{id}/{edge}`. */
interface Call {
  request: IncomingMessage
  response: ServerResponse
  authorization: string
  id: string
  edge: string
  query: URLSearchParams
  version: number
}

/** Serves everything that belongs to Meta. */
export async function serveGraph(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Resumable uploads show the token under another word.
  const shown = request.headers.authorization?.replace(/^OAuth /, 'Bearer ')
  const refusal = refuseToken(state, shown)
  if (refusal) return refuseAfterBody(state, request, response, refusal)
  const call = callOf(request, response)
  // The hot path first.
  if (request.method === 'POST' && call.edge === 'messages') {
    const phone = phoneFor(state, call.authorization, call.id)
    return phone ? postMessage(state, { ...call, phone }) : refuseUnknown(state, call)
  }
  if (call.id === 'whatsapp_business') return download(state, request, response)
  return serveRest(state, call)
}

function download(state: State, request: IncomingMessage, response: ServerResponse): void {
  const media = state.media.follow(request.url ?? '', state.now())
  if (!media) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': media.mimeType, 'content-length': media.bytes.length })
  response.end(media.bytes)
}

/** What a route makes of a call; null when there is no such object for this token. */
type Answer = { json: Json } | { refusal: Refusal } | null
type Route = (state: State, call: Call) => Promise<Answer> | Answer

/** By method and edge: which part of the API it is, for rules, and what it answers. */
const routes: Record<string, readonly [Endpoint, Route]> = {
  'POST media': ['media', uploadMedia],
  'GET ': ['phone', (state, call) => describePhone(state, call) ?? describeMedia(state, call)],
  'DELETE ': ['media', (state, { id }) => (state.media.delete(id) ? { json: { success: true } } : null)],
  'POST subscribed_apps': ['subscribed_apps', subscribe],
  'GET message_templates': ['templates', listTemplates],
  'POST message_templates': ['templates', ofAccount(createTemplate)],
  'POST upsert_message_templates': ['templates', ofAccount(upsertTemplates)],
  'DELETE message_templates': [
    'templates',
    (state, call) => (ownsAccount(state, call) ? deleteTemplates(state, call.id, call.query) : null),
  ],
  'GET message_template_previews': [
    'templates',
    (state, call) => (ownsAccount(state, call) ? previews(call.query) : null),
  ],
  'POST uploads': ['templates', (_state, { query }) => beginUpload(query)],
  'POST ': ['templates', postObject],
}

async function serveRest(state: State, call: Call): Promise<void> {
  const { request, response, id, edge } = call
  const route = routes[`${request.method ?? ''} ${edge}`]
  if (!route) return refuseUnknown(state, call)
  const [part, act] = route
  const endpoint = state.media.get(id) ? 'media' : part
  const phoneNumberId = state.phones.has(id) ? id : ''
  const rule = state.rules.apply({ endpoint, phoneNumberId, to: '', type: '', correlationId: null, body: {} })
  const outcome = rule?.outcome ?? { kind: 'accept' as const }
  const end = { request, response, outcome, delayMs: rule?.delayMs ?? 0 }
  const answer = isAccepting(outcome) ? await act(state, call) : null
  finish(state, end, () => {
    if (answer === null) return void refuseUnknown(state, call)
    if ('json' in answer) return answerJson(response, 200, answer.json)
    state.ledger.refused(answer.refusal.code)
    refuse(response, answer.refusal)
  })
}

const ownsAccount = (state: State, { authorization, id }: Call) =>
  accountPhones(state, authorization, id).length > 0

/** What is posted to an edge of a business account. */
function ofAccount(act: (state: State, wabaId: string, body: Json) => Answer): Route {
  return async (state, call) =>
    ownsAccount(state, call) ? act(state, call.id, parseJson(await readBody(call.request)) ?? {}) : null
}

/** The bytes of an upload, or a change of a template. */
async function postObject(state: State, { id, request }: Call): Promise<Answer> {
  const raw = await readBody(request)
  const offset = request.headers['file_offset']
  if (id.startsWith('upload:')) return endUpload(id, raw, typeof offset === 'string' ? offset : undefined)
  return changeTemplate(state, id, parseJson(raw) ?? {})
}

async function uploadMedia(state: State, call: Call): Promise<Answer> {
  if (!phoneFor(state, call.authorization, call.id)) return null
  const raw = await readBody(call.request)
  const outcome = await state.media.upload(raw, call.request.headers['content-type'] ?? '')
  return isMedia(outcome) ? { json: { id: outcome.id } } : { refusal: outcome }
}

function describePhone(state: State, { authorization, id, query }: Call): Answer {
  const phone = phoneFor(state, authorization, id)
  if (!phone) return null
  const all: Json = {
    verified_name: phone.verifiedName,
    code_verification_status: 'VERIFIED',
    display_phone_number: phone.displayPhoneNumber,
    quality_rating: phone.qualityRating,
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    name_status: 'APPROVED',
    id: phone.id,
  }
  const fields = query.get('fields')?.split(',')
  const wanted = Object.entries(all).filter(([key]) => key === 'id' || (fields?.includes(key) ?? true))
  return { json: Object.fromEntries(wanted) }
}

function describeMedia(state: State, { id }: Call): Answer {
  const media = state.media.get(id)
  if (!media) return null
  return {
    json: {
      messaging_product: 'whatsapp',
      url: media.url ?? `${state.url}${state.media.path(media, state.now())}`,
      mime_type: media.mimeType,
      sha256: media.sha256,
      file_size: media.bytes.length,
      id: media.id,
    },
  }
}

function listTemplates(state: State, { authorization, id, query, version }: Call): Answer {
  if (accountPhones(state, authorization, id).length === 0) return null
  const base = `${state.url}/v${version}.0/${id}/message_templates`
  return { json: templatePage(state.templates.get(id) ?? [], query, base) }
}

/** Subscribes the app; an override is proven by a challenge first, as Meta does. */
async function subscribe(state: State, { authorization, id, request }: Call): Promise<Answer> {
  const phones = accountPhones(state, authorization, id)
  if (phones.length === 0) return null
  const body = parseJson(await readBody(request)) ?? {}
  const uri = body['override_callback_uri']
  if (typeof uri !== 'string') return { json: { success: true } }
  const answer = await challenge(uri, String(body['verify_token'] ?? ''))
  if (answer !== 'proven') {
    return { refusal: { code: 2200, details: `Callback verification failed: ${answer}` } }
  }
  for (const phone of phones) phone.callbackUrl = uri
  return { json: { success: true } }
}

/** Asks a callback URL to echo a challenge. Returns `proven`, or what went wrong. */
export function challenge(uri: string, verifyToken: string): Promise<string> {
  const nonce = String(1_158_201_444 + Math.floor(Math.random() * 1_000_000))
  const url = new URL(uri)
  url.searchParams.set('hub.mode', 'subscribe')
  url.searchParams.set('hub.challenge', nonce)
  url.searchParams.set('hub.verify_token', verifyToken)
  return new Promise((resolve) => {
    const outgoing = get(url, { agent: false, timeout: 10_000 }, (answer) => {
      void readBody(answer).then(
        (raw) => {
          const proven = answer.statusCode === 200 && raw.toString() === nonce
          resolve(proven ? 'proven' : `HTTP ${answer.statusCode ?? 0}`)
        },
        () => resolve('connection lost'),
      )
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve('no connection'))
  })
}

function callOf(request: IncomingMessage, response: ServerResponse): Call {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const parts = (mark < 0 ? url : url.slice(0, mark)).split('/').slice(1)
  const version = /^v(\d+)\.\d+$/.exec(parts[0] ?? '')
  const [id = '', edge = ''] = version ? parts.slice(1) : parts
  return {
    request,
    response,
    authorization: request.headers.authorization ?? '',
    id,
    edge,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark)),
    version: Number(version?.[1] ?? 23),
  }
}

function refuseUnknown(state: State, { request, response, id }: Call): Promise<void> {
  return refuseAfterBody(state, request, response, unknownObject(id, request.method ?? 'GET'))
}

async function refuseAfterBody(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
): Promise<void> {
  // Answering before a body was read would break a keep-alive connection.
  if (!request.readableEnded) await readBody(request)
  state.ledger.refused(refusal.code)
  refuse(response, refusal)
}
