import type { z } from 'zod'
import type { Json } from '../http.ts'
import type { Refusal } from './errors.ts'
import { envelope, envelopeKeys, recipientShapes, shapes } from './shapes.ts'

/**
 * Checks a message the way Meta does: envelope first, then the value under its type. Returns why it is
 * refused, or null.
 */
export function validateMessage(body: Json): Refusal | null {
  return checkEnvelope(body) ?? checkContent(body)
}

/** The recipient: digits, a BSUID, or the id of a group. `to` wins when both are given. */
export function recipientOf(body: Json): string {
  const { to, recipient_type: type } = body
  if (typeof to === 'string' && to !== '') return type === 'group' ? to : to.replace(/\D/g, '')
  return typeof body['recipient'] === 'string' ? body['recipient'] : ''
}

function checkEnvelope(body: Json): Refusal | null {
  if (body['messaging_product'] !== 'whatsapp') return missing('messaging_product')
  const recipientKey = body['to'] === undefined && body['recipient'] !== undefined ? 'recipient' : 'to'
  const recipient = body[recipientKey]
  if (recipient === undefined || recipient === '') return missing('to')
  if (typeof recipient !== 'string' || !recipientShapes[recipientKey].test(recipient)) {
    return { code: 131009, details: `Param ${recipientKey} is not a valid WhatsApp recipient.` }
  }
  return refusalOf(envelope.safeParse(body, { error: sayMissing }), '')
}

function checkContent(body: Json): Refusal | null {
  const type = body['type'] ?? 'text'
  const shape = typeof type === 'string' ? shapes[type] : undefined
  if (typeof type !== 'string' || shape === undefined) {
    const known = Object.keys(shapes).map((name) => name.toUpperCase())
    return invalid(`Param type must be one of {${known.join(', ')}} - got "${String(type)}".`)
  }
  const stranger = Object.keys(body).find((key) => key !== type && !envelopeKeys.has(key))
  if (stranger !== undefined) return invalid(`Unexpected key "${stranger}" on param "root".`)
  if (body[type] === undefined) return missing(type)
  return refusalOf(shape.safeParse(body[type], { error: sayMissing }), type)
}

/** What zod says of a field that is not there. */
const absent = 'absent'
const sayMissing = ({ input }: { input?: unknown }) => (input === undefined ? absent : undefined)

const missing = (name: string): Refusal => ({
  code: 100,
  message: `(#100) The parameter ${name} is required.`,
})
const invalid = (details: string): Refusal => ({ code: 100, message: '(#100) Invalid parameter', details })

function refusalOf(parsed: z.ZodSafeParseResult<unknown>, type: string): Refusal | null {
  if (parsed.success) return null
  return parsed.error.issues[0] ? refusalFor(deepest(parsed.error.issues[0]), type) : null
}

type Issue = z.core.$ZodIssue

/** A union's own issue says little; the branch that came furthest says what is wrong. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const branches = issue.errors.flat().filter((inner) => inner.path.at(-1) !== 'type')
  const inner = branches[0]
  return inner ? deepest({ ...inner, path: [...issue.path, ...inner.path] }) : issue
}

function refusalFor(issue: Issue, type: string): Refusal {
  const name = paramName(type, issue.path)
  switch (issue.code) {
    case 'invalid_type':
      return issue.message === absent
        ? { code: 131008, details: `Required parameter ${name} is missing.` }
        : { code: 100, details: `Param ${name} must be a ${issue.expected}.` }
    case 'unrecognized_keys':
      return invalid(`Unexpected key "${issue.keys[0] ?? ''}" on param "${name}".`)
    case 'too_big':
      return {
        code: 131009,
        details: `Param ${name} is too long or too large. Maximum: ${String(issue.maximum)}.`,
      }
    case 'too_small':
      return {
        code: 131009,
        details: `Param ${name} is too short or too small. Minimum: ${String(issue.minimum)}.`,
      }
    case 'custom':
      return { code: 131009, details: `Param ${name}: ${issue.message}.` }
    default:
      return { code: 131009, details: `Param ${name} is not valid.` }
  }
}

/** `template['language']['code']`, as Meta writes it. */
function paramName(type: string, path: readonly PropertyKey[]): string {
  const [root, ...rest] = type === '' ? path : [type, ...path]
  return `${String(root ?? 'root')}${rest.map((key) => `['${String(key)}']`).join('')}`
}
