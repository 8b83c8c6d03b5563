import { z } from 'zod'

type Finding = z.core.$ZodRawIssue

/**
 * Has zod say in the voice of the API what a wrong field must be. A schema's own text comes first.
 * For the whole process: zod keeps one way of wording.
 */
export function setWording(): void {
  z.config({ customError: wordingOf })
}

/** Zod's names of types, as people say them. */
const types: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}

const formats: Record<string, string> = {
  uuid: 'must be an id such as 019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
  email: 'must be an e-mail address',
  url: 'must be an absolute URL',
  datetime: 'must be an ISO 8601 date and time, such as 2027-05-01T09:00:00Z',
  date: 'must be a date such as 2027-05-01',
}

function wordingOf(finding: Finding): string | undefined {
  const isMissing = finding.input === undefined
  switch (finding.code) {
    case 'invalid_type':
      return isMissing ? 'is required' : `must be ${types[finding.expected] ?? finding.expected}`
    case 'invalid_value':
      return `${isMissing ? 'is required: ' : 'must be '}${choiceOf(finding.values)}`
    case 'invalid_union':
      return 'options' in finding && Array.isArray(finding.options)
        ? `${isMissing ? 'is required: ' : 'must be '}${choiceOf(finding.options)}`
        : eitherOf(finding.errors)
    case 'too_small':
      return limitOf(finding.origin, 'at least', finding.minimum, finding.inclusive !== false)
    case 'too_big':
      return limitOf(finding.origin, 'at most', finding.maximum, finding.inclusive !== false)
    case 'invalid_format':
      return formats[finding.format] ?? (finding.pattern ? `must match ${finding.pattern}` : undefined)
    case 'invalid_key':
      return `has a name that cannot be used: ${finding.issues[0]?.message ?? 'it is not valid'}`
    default:
      return undefined
  }
}

function choiceOf(values: readonly unknown[]): string {
  const [only] = values
  const said = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return values.length === 1 ? JSON.stringify(only) : `one of: ${said.join(', ')}`
}

/** The texts of all forms of a union; they are the same where nothing was given. */
function eitherOf(errors: readonly (readonly { message: string }[])[]): string | undefined {
  const asked = new Set(errors.flatMap(([first]) => (first === undefined ? [] : [first.message])))
  return asked.size === 0 ? undefined : [...asked].join(', or ')
}

function limitOf(origin: string, bound: string, limit: number | bigint, inclusive: boolean): string {
  const count = `${bound} ${limit}`
  if (origin === 'string') return `must have ${count} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array' || origin === 'set') return `must have ${count} ${limit === 1 ? 'item' : 'items'}`
  if (inclusive) return `must be ${count}`
  return `must be ${bound === 'at least' ? 'more' : 'less'} than ${limit}`
}
