import { isJson, type Json } from '../http.ts'
import type { Refusal } from './errors.ts'
import { template as templateShape, type Template } from './options.ts'
import type { State } from './state.ts'

// Making templates, as Graph does it: what is submitted waits for a reviewer, and is in the list at once.

type Answer = { json: Json } | { refusal: Refusal }

let ids = 594_425_479_261_596n
const nextId = (): string => String((ids += 1n))

/** `POST /{waba-id}/message_templates`. */
export function createTemplate(state: State, wabaId: string, body: Json): Answer {
  const list = listOf(state, wabaId)
  const problem = problemOf(body) ?? duplicateOf(list, body)
  if (problem !== null) return { refusal: problem }
  const made = add(list, body, String(body['language']))
  return { json: { id: made.id, status: made.status, category: made.category } }
}

/** `POST /{waba-id}/upsert_message_templates`: authentication only, and no text of its own. */
export function upsertTemplates(state: State, wabaId: string, body: Json): Answer {
  const languages = Array.isArray(body['languages']) ? body['languages'].map(String) : []
  const told = JSON.stringify(body['components'] ?? null)
  if (languages.length === 0 || body['language'] !== undefined || /"(text|autofill_text)"/.test(told)) {
    return {
      refusal: { code: 100, message: '(#100) Param languages, language, text or autofill_text is wrong' },
    }
  }
  const list = listOf(state, wabaId)
  const data = languages.map((language) => {
    const known = list.find((one) => one.name === body['name'] && one.language === language)
    const made =
      known === undefined ? add(list, body, language) : Object.assign(known, asWritten(body), { language })
    return { id: made.id, status: made.status, language }
  })
  return { json: { data } }
}

/** `POST /{template-id}`; null when there is no such template. */
export function changeTemplate(state: State, id: string, body: Json): Answer | null {
  const found = [...state.templates.values()].flat().find((one) => one.id === id)
  if (found === undefined) return null
  if (found.status === 'PENDING') {
    const message = 'Message template content cannot be changed while it is in review.'
    return { refusal: userError(2_388_039, 'Message template cannot be edited', message) }
  }
  const change =
    body['components'] === undefined ? body : { ...asWritten(body, found.category), status: 'PENDING' }
  Object.assign(found, change)
  return { json: { success: true } }
}

/** `DELETE /{waba-id}/message_templates?name=`, with `hsm_id` in one language only. */
export function deleteTemplates(state: State, wabaId: string, query: URLSearchParams): Answer {
  const list = listOf(state, wabaId)
  const [name, id] = [query.get('name'), query.get('hsm_id')]
  const rest = list.filter((one) => one.name !== name || (id !== null && one.id !== id))
  if (rest.length === list.length) {
    return { refusal: userError(2_593_002, 'Message Template Not Found', 'There is no such template.') }
  }
  state.templates.set(wabaId, rest)
  return { json: { success: true } }
}

/** `GET /{waba-id}/message_template_previews`. */
export function previews(query: URLSearchParams): Answer {
  const minutes = query.get('code_expiration_minutes')
  const advice = query.get('add_security_recommendation') === 'true'
  const data = (query.get('languages') ?? 'en_US').split(',').map((language) => ({
    body: codeText(advice),
    buttons: [{ autofill_text: 'Autofill', text: 'Copy code' }],
    ...(minutes === null ? {} : { footer: `This code expires in ${minutes} minutes.` }),
    language,
  }))
  return { json: { data } }
}

const uploads = new Map<string, { type: string; length: number }>()

/** `POST /app/uploads`: begins an upload. */
export function beginUpload(query: URLSearchParams): Answer {
  const id = `upload:MTphdHRhY2htZW50Ojk${nextId()}?sig=ARZqkGCA_uQMxC8nHKI`
  uploads.set(id.split('?')[0] ?? '', {
    type: query.get('file_type') ?? '',
    length: Number(query.get('file_length')),
  })
  return { json: { id } }
}

/** `POST /upload:...`: takes the bytes; null when no such upload was begun. */
export function endUpload(id: string, bytes: Buffer, offset: string | undefined): Answer | null {
  const begun = uploads.get(id)
  if (begun === undefined) return null
  if (offset !== '0' || bytes.length !== begun.length)
    return { refusal: { code: 100, message: '(#100) bad offset' } }
  return { json: { h: `4::${Buffer.from(begun.type).toString('base64')}:ARZ${nextId()}` } }
}

function listOf(state: State, wabaId: string): Template[] {
  const list = state.templates.get(wabaId) ?? []
  state.templates.set(wabaId, list)
  return list
}

function add(list: Template[], body: Json, language: string): Template & { id: string } {
  const category = String(body['category']).toUpperCase()
  const shape = templateShape.parse({ ...asWritten(body), category, language, status: 'PENDING' })
  const made = { ...shape, id: nextId() }
  list.push(made)
  return made
}

/** Of an authentication template Meta writes the texts itself, and its button reads back as a URL with the code. */
function asWritten(body: Json, category = body['category']): Json {
  const components = Array.isArray(body['components']) ? body['components'].filter(isJson) : []
  if (String(category).toUpperCase() !== 'AUTHENTICATION') return body
  const written = components.map((one) => {
    const type = String(one['type']).toUpperCase()
    if (type === 'BODY') return { type, text: codeText(one['add_security_recommendation'] === true) }
    if (type === 'FOOTER') {
      return { type, text: `This code expires in ${String(one['code_expiration_minutes'])} minutes.` }
    }
    return { type, buttons: [{ type: 'URL', text: 'Copy code', url: codeUrl }] }
  })
  return { ...body, components: written }
}

const codeUrl = 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}'
const codeText = (advice: boolean): string =>
  `*{{1}}* is your verification code.${advice ? ' For your security, do not share this code.' : ''}`

function duplicateOf(list: readonly Template[], { name, language }: Json): Refusal | null {
  const isKnown = list.some((one) => one.name === name && one.language === language)
  const title = 'Content in this language already exists'
  return isKnown
    ? userError(2_388_024, title, `There is already ${String(language)} content for this template.`)
    : null
}

function problemOf({ name, category, components }: Json): Refusal | null {
  const parts = Array.isArray(components) ? components.filter(isJson) : []
  const body = parts.find((one) => String(one['type']).toUpperCase() === 'BODY')
  if (!/^[a-z0-9_]{1,512}$/.test(String(name)) || category === undefined || body === undefined) {
    return { code: 100, message: '(#100) The parameter components is required.' }
  }
  const varies = /\{\{/.test(String(body['text'] ?? '')) && body['example'] === undefined
  const title = 'Message template "components" param is missing expected field(s)'
  return varies
    ? userError(2_388_043, title, 'component of type BODY is missing expected field(s) (example)')
    : null
}

function userError(subcode: number, title: string, message: string): Refusal {
  return { code: 100, subcode, message: 'Invalid parameter', userTitle: title, userMessage: message }
}
