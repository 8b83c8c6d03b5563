import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerJson, isJson, type Json, parseJson, readBody } from '../http.ts'
import { arrange } from './callbacks.ts'
import { finish, isAccepting } from './effects.ts'
import { type Refusal, refuse } from './errors.ts'
import type { AcceptedMessage } from './ledger.ts'
import type { CallbackPlanPatch, Phone, StatusWord } from './options.ts'
import type { Arrival } from './rules.ts'
import type { State } from './state.ts'
import { checkTemplate } from './templates.ts'
import { statusUpdate } from './updates.ts'
import { recipientOf, validateMessage } from './validate.ts'

/** A request to `POST /{version}/{phone-number-id}/messages` whose token was found good. */
export interface MessageRequest {
  request: IncomingMessage
  response: ServerResponse
  phone: Phone
  /** The Graph version asked for, its major number. */
  version: number
}

/** Accepts a message, or refuses it as Meta would or as a rule wants. */
export async function postMessage(state: State, call: MessageRequest): Promise<void> {
  const { request, response, phone } = call
  const body = parseJson(await readBody(request))
  if (body === null) return refuse(response, { code: 100, message: '(#100) Invalid parameter' })
  if (state.settings.plain) return answerPlainly(state, response, body)
  if (body['status'] === 'read') return markRead(state, call, body)

  const arrival = arrivalOf(phone, body)
  const rule = state.rules.apply(arrival)
  const end = { request, response, outcome: rule?.outcome ?? accept, delayMs: rule?.delayMs ?? 0 }
  if (!isAccepting(end.outcome)) return finish(state, end, () => undefined)

  const refusal = refuseMessage(state, phone, arrival)
  if (refusal) {
    state.ledger.refused(refusal.code)
    return refuse(response, refusal)
  }
  // Accepted here and now: callbacks may overtake the answer, and a lost answer loses nothing else.
  const { to, type, correlationId, phoneNumberId } = arrival
  const facts = { to, type, correlationId, phoneNumberId, body }
  const message = state.ledger.accept({ ...facts, wamid: newWamid(to), at: state.now() })
  report(state, message, { call, body, plan: rule?.callbacks ?? {} })
  finish(state, end, () => answerJson(response, 200, acceptance(body, message.wamid, waIdOf(state, to))))
}

const accept = { kind: 'accept' } as const

function arrivalOf(phone: Phone, body: Json): Arrival {
  const correlation = body['biz_opaque_callback_data']
  return {
    endpoint: 'messages',
    phoneNumberId: phone.id,
    to: recipientOf(body),
    type: typeof body['type'] === 'string' ? body['type'] : 'text',
    correlationId: typeof correlation === 'string' ? correlation : null,
    body,
  }
}

function refuseMessage(state: State, phone: Phone, { to, type, body }: Arrival): Refusal | null {
  const sender = phone.displayPhoneNumber.replace(/\D/g, '')
  const content = isJson(body[type]) ? body[type] : {}
  const templates = type === 'template' ? state.templates.get(phone.wabaId) : undefined
  return (
    validateMessage(body) ??
    (to === sender ? { code: 131021, details: 'Sender and recipient are the same.' } : null) ??
    (state.settings.mediaChecked ? refuseMedia(state, type, content) : null) ??
    (templates ? checkTemplate(templates, content) : null) ??
    state.limits.take(phone, to, state.now())
  )
}

function refuseMedia(state: State, type: string, content: Json): Refusal | null {
  const isMediaType = ['image', 'video', 'audio', 'document', 'sticker'].includes(type)
  if (!isMediaType || typeof content['id'] !== 'string' || state.media.get(content['id'])) return null
  const details = `Param ${type}['id'] is not a valid whatsapp business account media attachment ID.`
  return { code: 100, details }
}

function report(
  state: State,
  message: AcceptedMessage,
  { call, body, plan }: { call: MessageRequest; body: Json; plan: CallbackPlanPatch },
): void {
  const effective = { ...state.settings.callbacks, ...plan }
  if (!effective.hold && (call.phone.callbackUrl ?? effective.url) === null) return
  const failsOnly: StatusWord[] = ['failed']
  const statuses = plan.failWith !== undefined && !plan.statuses ? failsOnly : effective.statuses
  const receipt = statuses.includes('delivered') ? 'delivered' : 'read'
  const updates = statuses.map((status, index) =>
    statusUpdate(message, {
      phone: call.phone,
      waId: waIdOf(state, message.to),
      status,
      atSeconds: Math.floor((message.at + effective.delayMs + index * effective.stepMs) / 1_000),
      failWith: effective.failWith,
      priced: status === 'sent' || status === receipt,
      category: categoryOf(state, call.phone, body),
      version: call.version,
    }),
  )
  for (const [index, update] of arrange(updates, effective.order, state.draw).entries()) {
    const delayMs = effective.delayMs + index * effective.stepMs
    state.callbacks.post(update, { delayMs, repeat: effective.repeat, hold: effective.hold })
  }
}

function categoryOf(state: State, phone: Phone, body: Json): string | null {
  const sent = body['template']
  if (!isJson(sent)) return null
  const known = state.templates.get(phone.wabaId)?.find((one) => one.name === sent['name'])
  return (known?.category ?? 'utility').toLowerCase()
}

/** Meta may know a person under another number than was dialled. */
function waIdOf(state: State, to: string): string {
  return state.waIds.get(to) ?? to
}

function acceptance(body: Json, wamid: string, to: string): Json {
  const input = body['to'] ?? body['recipient']
  return {
    messaging_product: 'whatsapp',
    contacts: [to.includes('.') ? { input, user_id: to } : { input, wa_id: to }],
    messages: [{ id: wamid, message_status: 'accepted' }],
  }
}

/** A rule sees it as a message of the type `read`. */
function markRead(state: State, { request, response, phone }: MessageRequest, body: Json): void {
  if (typeof body['message_id'] !== 'string') {
    return refuse(response, { code: 100, message: '(#100) The parameter message_id is required.' })
  }
  const rule = state.rules.apply({ ...arrivalOf(phone, body), type: 'read' })
  const end = { request, response, outcome: rule?.outcome ?? accept, delayMs: rule?.delayMs ?? 0 }
  if (isAccepting(end.outcome)) state.ledger.read(phone.id, body)
  finish(state, end, () => answerJson(response, 200, { success: true }))
}

function answerPlainly(state: State, response: ServerResponse, body: Json): void {
  const correlation = body['biz_opaque_callback_data']
  state.ledger.count(typeof correlation === 'string' ? correlation : null)
  const to = recipientOf(body)
  answerJson(response, 200, acceptance(body, newWamid(to), waIdOf(state, to)))
}

const run = randomBytes(6).toString('hex').toUpperCase()
let issued = 0

/** A message id in Meta's style, unique over every run. */
export function newWamid(to: string): string {
  issued += 1
  const plain = `\u001d\u0018\u000b${to}\u0015\u0002${run}${issued.toString(36)}`
  return `wamid.${Buffer.from(plain).toString('base64')}`
}
