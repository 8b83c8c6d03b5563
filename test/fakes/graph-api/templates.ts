import { isJson, type Json } from '../http.ts'
import type { Refusal } from './errors.ts'
import type { Template } from './options.ts'

/** What a template that is not usable answers; a status that is not here counts as not approved. */
const byStatus: Record<string, Refusal | null> = {
  APPROVED: null,
  PAUSED: { code: 132015, details: 'Message template is paused due to low quality.' },
  DISABLED: { code: 132016, details: 'Message template is disabled due to low quality.' },
}

/** Checks a template send against the account's list: it exists, is approved, and gets its parameters. */
export function checkTemplate(templates: readonly Template[], sent: Json): Refusal | null {
  const name = String(sent['name'])
  const language = isJson(sent['language']) ? String(sent['language']['code']) : ''
  const template = templates.find((one) => one.name === name && one.language === language)
  const absent = { code: 132001, details: `template name (${name}) does not exist in ${language}` }
  if (!template) return absent
  const unusable = byStatus[template.status]
  if (unusable !== null) return unusable ?? absent
  for (const component of template.components) {
    const problem = checkComponent(component, componentsOf(sent))
    if (problem) return problem
  }
  return null
}

function checkComponent(defined: Json, sent: readonly Json[]): Refusal | null {
  const type = String(defined['type']).toLowerCase()
  if (type === 'buttons') return checkButtons(defined, sent)
  if (type !== 'header' && type !== 'body') return null
  const given = parametersOf(sent.find((one) => String(one['type']).toLowerCase() === type))
  const format = String(defined['format'] ?? 'TEXT').toLowerCase()
  if (format !== 'text') {
    const received = String(given[0]?.['type'] ?? 'unknown')
    if (received === format) return null
    const mismatch = `expected ${format.toUpperCase()}, received ${received.toUpperCase()}`
    const details = `${type}: Format mismatch, ${mismatch}`
    return { code: 132012, details }
  }
  return checkPlaceholders(type, placeholders(String(defined['text'] ?? '')), given)
}

function checkPlaceholders(
  type: string,
  expected: readonly string[],
  given: readonly Json[],
): Refusal | null {
  if (expected.length !== given.length) return countMismatch(type, given.length, expected.length)
  const isNamed = expected.some((name) => !/^\d+$/.test(name))
  const stranger = given.find((one) => !expected.includes(String(one['parameter_name'])))
  if (!isNamed || !stranger) return null
  return { code: 132012, details: `${type}: unknown parameter_name ${String(stranger['parameter_name'])}` }
}

function checkButtons(defined: Json, sent: readonly Json[]): Refusal | null {
  const buttons = Array.isArray(defined['buttons']) ? defined['buttons'].filter(isJson) : []
  for (const [index, button] of buttons.entries()) {
    const expected = placeholders(String(button['url'] ?? '')).length
    const component = sent.find((one) => one['type'] === 'button' && Number(one['index']) === index)
    const given = component?.['sub_type'] === 'url' ? parametersOf(component).length : 0
    if (expected > 0 && given === 0) {
      return { code: 131008, details: `buttons: Button at index ${index} of type Url requires a parameter` }
    }
    if (given !== expected) return countMismatch(`buttons[${index}]`, given, expected)
  }
  return null
}

function countMismatch(where: string, given: number, expected: number): Refusal {
  const details =
    `${where}: number of localizable_params (${given}) does not match the expected number of ` +
    `params (${expected})`
  return { code: 132000, details }
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] ?? ''))]
}

function componentsOf(sent: Json): Json[] {
  return Array.isArray(sent['components']) ? sent['components'].filter(isJson) : []
}

function parametersOf(component: Json | undefined): Json[] {
  return Array.isArray(component?.['parameters']) ? component['parameters'].filter(isJson) : []
}

/**
 * A page of `GET /{waba-id}/message_templates`, in Graph's cursor paging. `base` is the absolute URL of the
 * list, for the `next` link.
 */
export function templatePage(templates: readonly Template[], query: URLSearchParams, base: string): Json {
  const wanted = templates.filter(
    (one) =>
      (query.get('name') ?? one.name) === one.name && (query.get('status') ?? one.status) === one.status,
  )
  const limit = Math.max(1, Number(query.get('limit') ?? 25) || 25)
  const start =
    fromCursor(query.get('after')) ?? Math.max(0, (fromCursor(query.get('before')) ?? 1) - 1 - limit)
  const page = wanted.slice(start, start + limit)
  if (page.length === 0) return { data: [] }
  const end = start + page.length
  const next = new URLSearchParams(query)
  next.set('after', toCursor(end))
  next.delete('before')
  return {
    data: page.map((one, index) => onlyFields({ id: `${start + index + 1}`, ...one }, query.get('fields'))),
    paging: {
      cursors: { before: toCursor(start + 1), after: toCursor(end) },
      ...(end < wanted.length ? { next: `${base}?${next.toString()}` } : {}),
    },
  }
}

/** Graph gives what was asked for, and the id. */
function onlyFields(template: Json, fields: string | null): Json {
  const wanted = fields?.split(',') ?? ['name', 'language', 'status', 'category', 'components']
  return Object.fromEntries(Object.entries(template).filter(([key]) => key === 'id' || wanted.includes(key)))
}

const toCursor = (position: number) => Buffer.from(String(position)).toString('base64')
const fromCursor = (cursor: string | null) =>
  cursor === null ? null : Number(Buffer.from(cursor, 'base64').toString()) || 0
