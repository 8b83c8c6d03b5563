import { z } from 'zod'

/** A part of a kind that we do not know, as the app wrote it. */
export type OtherPart = { type: string; [field: string]: unknown }

/** The parsed form of any kind in a table of schemas. */
export type AnyOf<Kinds extends Record<string, z.ZodType>> = z.infer<Kinds[keyof Kinds]>

/**
 * A part whose `type`, in either case, picks the schema that checks it. A part of any other type is handed on
 * untouched: Meta adds kinds faster than we learn them, and is the one to refuse what it does not take.
 */
export function openUnion<Known extends { type: string }>(
  kinds: Readonly<Record<string, z.ZodType<Known>>>,
): z.ZodType<Known | OtherPart> {
  const known = new Map(Object.entries(kinds))
  return (
    z
      .looseObject({ type: z.string().min(1).max(64) })
      // A check and no transform, because the OpenAPI document leaves out the examples of what is transformed.
      .check((payload) => {
        const kind = payload.value.type.toLowerCase()
        const parsed = known.get(kind)?.safeParse({ ...payload.value, type: kind })
        if (parsed?.success) payload.value = { ...parsed.data }
        for (const { message, path } of parsed?.error?.issues ?? []) {
          payload.issues.push({ code: 'custom', message, path, input: payload.value })
        }
      })
      .meta({ anyOf: [...Object.values(kinds).map(documented), documentedOther(kinds)] })
  )
}

/** A word in the case of `words`, where it is one of them. */
export function inAnyCase(words: readonly string[]) {
  return z
    .string()
    .min(1)
    .max(64)
    .overwrite((given) => words.find((word) => word === given.toLowerCase()) ?? given)
}

/** A schema as the OpenAPI document shows it. */
function documented(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' })
  return json
}

function documentedOther(kinds: object): Record<string, unknown> {
  return {
    description: 'Any other kind is handed on as it is.',
    type: 'object',
    properties: { type: { type: 'string', minLength: 1, maxLength: 64, not: { enum: Object.keys(kinds) } } },
    required: ['type'],
    additionalProperties: {},
  }
}

/** Parts that are handed on unread must have an end. */
const depthMax = 16

/** The problem of a part that is too large or too deep to be handed on, in words; null when there is none. */
export function excessOf(part: unknown, bytesMax: number): string | null {
  if (isDeeper(part, depthMax)) return `is nested deeper than ${depthMax} levels`
  const bytes = Buffer.byteLength(JSON.stringify(part))
  return bytes > bytesMax ? `must have at most ${bytesMax} bytes of JSON; it has ${bytes}` : null
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/** The value at a path inside a foreign one; undefined where there is none. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? Reflect.get(inner, name)
        : undefined,
    value,
  )
}
