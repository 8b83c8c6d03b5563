import fc from 'fast-check'

/** The part of JSON Schema that the OpenAPI document uses. */
export interface JsonSchema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  propertyNames?: JsonSchema
  items?: JsonSchema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  pattern?: string
  format?: string
  examples?: unknown[]
}

/** A document with each `#/...` reference replaced by what it refers to. For documents without circles. */
export function inlineReferences(value: unknown, root: unknown = value): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => inlineReferences(item, root))
  if ('$ref' in value && typeof value.$ref === 'string') {
    return inlineReferences(lookUp(root, value.$ref.split('/').slice(1)), root)
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inlineReferences(inner, root)]))
}

function lookUp(value: unknown, [key, ...rest]: string[]): unknown {
  if (key === undefined) return value
  const inner =
    typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined
  if (inner === undefined) throw new Error(`the document refers to ${key}, which is not in it`)
  return lookUp(inner, rest)
}

const dayMs = 24 * 3_600 * 1_000
/** Formats that say more than a pattern does. */
const formats: Record<string, () => fc.Arbitrary<string>> = {
  uuid: () => fc.uuid(),
  email: () => fc.emailAddress(),
  uri: () => fc.webUrl(),
  'date-time': () =>
    fc
      .integer({ min: -dayMs, max: 300 * dayMs })
      .map((aheadMs) => new Date(Date.now() + aheadMs).toISOString()),
}

/** Makes values that a schema allows. Throws for a word of JSON Schema that it does not know how to make. */
export function arbitraryFor(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { const: only } = schema
  if (only !== undefined) return fc.constant(only)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map(arbitraryFor))
  if (schema.allOf?.[0] !== undefined && schema.allOf.length === 1) return arbitraryFor(schema.allOf[0])
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => arbitraryFor({ ...schema, type })))
  }
  return arbitraryOfType(schema)
}

function arbitraryOfType(schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer(boundsOf(schema, 1))
    case 'number':
      return fc.double({ ...boundsOf(schema, 0), noNaN: true, noDefaultInfinity: true })
    case 'string':
      return arbitraryText(schema)
    case 'array':
      return fc.array(arbitraryFor(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, (schema.minItems ?? 0) + 4),
      })
    case 'object':
      return arbitraryObject(schema)
    case undefined:
      return fc.jsonValue({ maxDepth: 2 })
    default:
      throw new Error(`a schema of the unknown type ${JSON.stringify(schema.type)}`)
  }
}

function boundsOf(schema: JsonSchema, step: number): { min?: number; max?: number } {
  const min =
    schema.minimum ?? (schema.exclusiveMinimum === undefined ? undefined : schema.exclusiveMinimum + step)
  const max =
    schema.maximum ?? (schema.exclusiveMaximum === undefined ? undefined : schema.exclusiveMaximum - step)
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
}

function arbitraryText({
  format,
  pattern,
  minLength = 0,
  maxLength = 5_000,
}: JsonSchema): fc.Arbitrary<string> {
  const known = formats[format ?? '']
  if (known !== undefined) return known()
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter(fits)
  // Around the longest allowed, too: limits are where code breaks.
  const longest = fc.constant('x'.repeat(maxLength))
  return fc.oneof(
    { weight: 9, arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: 40 }).filter(fits) },
    { weight: 1, arbitrary: longest },
  )
}

function arbitraryObject(schema: JsonSchema): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {})
  const required = new Set(schema.required)
  const fields = properties.map(([name, property]): [string, fc.Arbitrary<unknown>] => [
    name,
    required.has(name)
      ? arbitraryFor(property)
      : fc.option(arbitraryFor(property), { nil: undefined, freq: 1 }),
  ])
  const known = fc.record(Object.fromEntries(fields))
  if (typeof schema.additionalProperties !== 'object') return known
  const more = fc.dictionary(fc.string({ maxLength: 12 }), arbitraryFor(schema.additionalProperties), {
    maxKeys: 4,
  })
  return fc.tuple(known, more).map(([one, other]) => ({ ...other, ...one }))
}

/** Changes one place of a JSON value: takes a field away, puts something else in its place, or adds one. */
export function mutationOf(value: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(value)
  return fc
    .tuple(
      fc.constantFrom(...places),
      fc.constantFrom('remove', 'replace', 'add'),
      fc.jsonValue({ maxDepth: 3 }),
      fc.string(),
    )
    .map(([place, kind, other, name]) => changeAt(value, place, { kind, other, name }))
}

type Place = readonly string[]

function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place]
  return [place, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...place, key]))]
}

function changeAt(
  value: unknown,
  [key, ...rest]: Place,
  change: { kind: string; other: unknown; name: string },
): unknown {
  if (key === undefined)
    return change.kind === 'add' ? withField(value, change.name, change.other) : change.other
  if (typeof value !== 'object' || value === null) return change.other
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== key) return [[name, inner]]
    if (rest.length === 0 && change.kind === 'remove') return []
    return [[name, changeAt(inner, rest, change)]]
  })
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}

function withField(value: unknown, name: string, other: unknown): unknown {
  if (Array.isArray(value)) return [...value, other]
  if (typeof value === 'object' && value !== null) return { ...value, [name]: other }
  return other
}
