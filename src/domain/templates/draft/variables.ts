import type { Finding } from '../draft.ts'

/** The names of the variables in a text, each once, in the order of the text. */
export function variablesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{([^{}]*)\}\}/g)].map((match) => (match[1] ?? '').trim()))]
}

/** Meta's rules for variables: numbered without a gap or named alike, inside the text, each with an example. */
export function checkVariables(
  text: string,
  example: unknown,
  field: 'body_text' | 'header_text',
): Finding[] {
  const names = variablesIn(text)
  if (names.length === 0) return []
  const findings = namingFaults(names)
  if (field === 'body_text' && /^\s*\{\{|\}\}\s*$/.test(text)) {
    findings.push({ path: ['text'], message: 'may not begin or end with a variable' })
  }
  return [...findings, ...exampleFaults(names, example, field)]
}

const isNumber = (name: string) => /^\d+$/.test(name)

function namingFaults(names: string[]): Finding[] {
  if (names.every(isNumber)) {
    const gap = names
      .map(Number)
      .toSorted((a, b) => a - b)
      .findIndex((number, index) => number !== index + 1)
    return gap < 0
      ? []
      : [{ path: ['text'], message: `must number its variables without a gap: {{${gap + 1}}} is missing` }]
  }
  const odd = names.find((name) => !/^[a-z][a-z0-9_]*$/.test(name))
  return odd === undefined
    ? []
    : [
        {
          path: ['text'],
          message: `has the variable {{${odd}}}: number all of them, or name all in lower-case letters`,
        },
      ]
}

function exampleFaults(names: string[], example: unknown, field: 'body_text' | 'header_text'): Finding[] {
  const given = (key: string): unknown =>
    typeof example === 'object' && example !== null ? Reflect.get(example, key) : undefined
  if (!names.every(isNumber)) {
    const key = `${field}_named_params`
    const list: unknown = given(key)
    const known = Array.isArray(list) ? list.map((one) => String(Reflect.get(Object(one), 'param_name'))) : []
    const missing = names.filter((name) => !known.includes(name))
    if (missing.length === 0) return []
    const form = '{ "param_name": ..., "example": ... }'
    return [{ path: ['example', key], message: `needs an example ${form} of: ${missing.join(', ')}` }]
  }
  const list: unknown = given(field)
  // Of a body Meta takes a list of sets of examples, of a header a list of examples.
  const set: unknown = field === 'body_text' && Array.isArray(list) && Array.isArray(list[0]) ? list[0] : list
  const count = Array.isArray(set) ? set.filter((one) => typeof one === 'string' && one !== '').length : 0
  if (count === names.length) return []
  const shape = field === 'body_text' ? 'a list with a list' : 'a list'
  return [
    { path: ['example', field], message: `must be ${shape} of ${names.length} texts, one for each variable` },
  ]
}
