import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { inlineReferences, type JsonSchema } from './json-schema.ts'

/** One answer of an operation as it is documented. */
export interface DocumentedAnswer {
  /** Such as `application/json`; that of any body is an asterisk on both sides of the slash. */
  mediaType: string
  schema: JsonSchema
  /** Those that the answer shows itself, and those of its schema. */
  examples: unknown[]
}

/** An operation as it is documented, without references. */
export interface DocumentedOperation {
  /** `GET /messages/{id}` */
  name: string
  method: string
  path: string
  tag: string
  requestExamples: unknown[]
  /** By status; those without a body are left out. */
  answers: Map<number, DocumentedAnswer>
  successes: number[]
}

const schema = z.custom<JsonSchema>((value) => typeof value === 'object' && value !== null)
const media = z.object({
  schema: schema.default({}),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
})
const content = z.object({ content: z.record(z.string(), media).default({}) })
const operation = z.object({
  tags: z.array(z.string()).default([]),
  requestBody: content.default({ content: {} }),
  responses: z.record(z.string(), content),
})
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) })

/** Every operation of an OpenAPI document. */
export function operationsOf(text: unknown): DocumentedOperation[] {
  const { paths } = document.parse(inlineReferences(text))
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([word, { tags, requestBody, responses }]) => {
      const method = word.toUpperCase()
      const statuses = Object.keys(responses).map(Number)
      return {
        name: `${method} ${path}`,
        method,
        path,
        tag: tags[0] ?? '',
        requestExamples: Object.values(requestBody.content).flatMap(examplesOf),
        answers: new Map(
          Object.entries(responses).flatMap(([status, { content: types }]) =>
            Object.entries(types).map(([mediaType, one]): [number, DocumentedAnswer] => [
              Number(status),
              { mediaType, schema: one.schema, examples: examplesOf(one) },
            ]),
          ),
        ),
        successes: statuses.filter((status) => status < 300),
      }
    }),
  )
}

function examplesOf({ schema: its, example, examples = {} }: z.infer<typeof media>): unknown[] {
  const named = Object.values(examples).map(({ value }) => value)
  const all = [...named, ...(its.examples ?? []), example].filter((one) => one !== undefined)
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

/** Tells what of a value breaks a schema of the document, or null. Formats are what the service writes. */
export function createValidator(): (against: JsonSchema, value: unknown) => string | null {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: {
      uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
      email: true,
      uri: true,
      binary: true,
    },
  })
  // To compile a schema takes longer than to ask most operations.
  const compiled = new WeakMap<JsonSchema, ValidateFunction>()
  return (against, value) => {
    const validate = compiled.get(against) ?? ajv.compile(strictly(against))
    compiled.set(against, validate)
    return validate(value) ? null : ajv.errorsText(validate.errors)
  }
}

/** The same, with no room for fields that it does not name. */
function strictly(its: JsonSchema): JsonSchema {
  const open = its.properties === undefined || its.additionalProperties !== undefined
  return {
    ...its,
    ...(!open && { additionalProperties: false }),
    ...(its.properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(its.properties).map(([name, inner]) => [name, strictly(inner)]),
      ),
    }),
    ...(its.items !== undefined && { items: strictly(its.items) }),
    ...(its.anyOf !== undefined && { anyOf: its.anyOf.map(strictly) }),
    ...(its.oneOf !== undefined && { oneOf: its.oneOf.map(strictly) }),
  }
}

/** The dotted paths of all fields that a schema names; those of a list's items are as if there were one. */
export function fieldsOf(its: JsonSchema): string[] {
  const inner = [...(its.anyOf ?? []), ...(its.oneOf ?? []), ...(its.allOf ?? [])].flatMap(fieldsOf)
  const items = its.items === undefined ? [] : fieldsOf(its.items)
  const own = Object.entries(its.properties ?? {}).flatMap(([name, property]) => [
    name,
    ...fieldsOf(property).map((field) => `${name}.${field}`),
  ])
  return [...new Set([...inner, ...items, ...own])]
}

/** The dotted paths of all fields that a value has, likewise. */
export function fieldsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...fieldsIn(inner).map((field) => `${name}.${field}`),
  ])
}
