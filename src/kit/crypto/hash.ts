import { createHash, timingSafeEqual } from 'node:crypto'
import { isRecord } from '../json/is-record.ts'

/** SHA-256 of a text or bytes. */
export function sha256(input: string | Buffer): Buffer {
  return createHash('sha256').update(input).digest()
}

/** Compares two secrets in constant time, so that the duration does not show where they differ. */
export function safeEqual(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other))
}

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}
