import type { FastifySchemaCompiler } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { invalidField } from '../../../domain/app-error.ts'
import { isRecord } from '../../../kit/json/is-record.ts'
import { isStorable } from '../../../kit/storable.ts'

/** Nulls may come to light one after the other, where one check waits for another. */
const roundsMax = 8

/**
 * Parses as the schema says, but for a null that it would refuse: that is a field that was left out. A null that a
 * schema takes, such as one that clears a value, keeps its meaning.
 */
export function parseLeavingOut<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  const result = schema.safeParse(given)
  return result.success ? result : schema.safeParse(withoutRefusedNulls(schema, given))
}

/**
 * Fastify's compiler of validators: bodies are parsed as `parseLeavingOut` does, one whose fields may all be left out may be
 * left out itself, and what stands in a path or a query must be storable, as the reader of bodies asks of them.
 */
export const validators: FastifySchemaCompiler<z.ZodType> = (route) => {
  const validate = validatorCompiler(route)
  if (route.httpPart === 'params') return (data) => unstorableIn('params', data) ?? validate(data)
  if (route.httpPart === 'querystring') return (data) => unstorableIn('query', data) ?? validate(data)
  if (route.httpPart !== 'body') return validate
  const mayBeLeftOut = route.schema.safeParse({}).success
  return (data) => {
    const given: unknown = mayBeLeftOut && (data === undefined || data === null) ? {} : data
    const parsed = route.schema.safeParse(given)
    return parsed.success ? { value: parsed.data } : validate(withoutRefusedNulls(route.schema, given))
  }
}

function unstorableIn(part: 'params' | 'query', data: unknown): { error: Error } | null {
  const entries = isRecord(data) ? Object.entries(data) : []
  const bad = entries.find((entry) => !entry.flat().every((text) => isStorable(String(text))))
  if (bad === undefined) return null
  const [name] = bad
  return {
    error: invalidField(
      isStorable(name) ? `${part}.${name}` : part,
      'has a character that cannot be stored (NUL)',
    ),
  }
}

function withoutRefusedNulls(schema: z.ZodType, given: unknown): unknown {
  let data = given
  for (let round = 0; round < roundsMax; round += 1) {
    const places = schema.safeParse(data).error?.issues.flatMap((issue) => placesOf(issue)) ?? []
    const rest: unknown = structuredClone(data)
    if (!places.map((place) => leaveOut(rest, place)).includes(true)) return data
    data = rest
  }
  return data
}

type Place = readonly PropertyKey[]

/** Where an issue was found, and within a union where those of its forms were. */
function placesOf(issue: z.core.$ZodIssue, before: Place = []): Place[] {
  const place = [...before, ...issue.path]
  const inner = issue.code === 'invalid_union' ? issue.errors.flat() : []
  return [place, ...inner.flatMap((one) => placesOf(one, place))]
}

/** Takes a null at a place out of its object. False when there is none. */
function leaveOut(data: unknown, place: Place): boolean {
  const holder = place.slice(0, -1).reduce<unknown>((inner, name) => stepInto(inner, name), data)
  const name = place.at(-1)
  if (typeof name !== 'string' || !isRecord(holder) || holder[name] !== null) return false
  delete holder[name]
  return true
}

function stepInto(value: unknown, name: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
