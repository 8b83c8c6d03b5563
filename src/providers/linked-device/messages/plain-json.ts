import { isRecord } from '../../../kit/json/is-record.ts'

/**
 * A protocol buffer's object as JSON without any bytes: keys of media, secrets and thumbnails stay out of what is
 * stored and shown. Nested at most sixteen deep.
 */
export function plainJson(value: unknown): Record<string, unknown> {
  const plain = plainOf(value, 0)
  return isRecord(plain) ? plain : {}
}

const depthMax = 16

function plainOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value
  if (value instanceof Uint8Array || depth === depthMax) return undefined
  if (Array.isArray(value))
    return value.map((inner) => plainOf(inner, depth + 1)).filter((inner) => inner !== undefined)
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, plainOf(inner, depth + 1)] as const)
      .filter(([, inner]) => inner !== undefined && typeof inner !== 'function'),
  )
}
