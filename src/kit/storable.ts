// Postgres stores neither NUL nor halves of surrogate pairs, in text as in JSON, and what is foreign is kept within
// bounds. This is the one place that knows it.

/** Whether Postgres can store a text as it is. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** A text that Postgres can store: NUL and halves of surrogate pairs become U+FFFD. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole
}

/** A value as JSON that Postgres can store, its keys included. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storableText(inner)
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [storableText(key), one]))
  })
}

/** An escaped backslash or a whole surrogate pair, which stay; else a NUL or half of a pair, which does not. */
const escapes =
  /\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u0000|\\u[dD][89a-fA-F][\da-fA-F]{2}/g

/** The same for a text that is JSON already, before it is parsed. */
export function storableJsonText(json: string): string {
  return json.replace(escapes, (escape) => (escape.length === 6 ? '\\ufffd' : escape))
}

/** A foreign value, or as much of it as may be kept. */
export interface Capped {
  /** The value as it came; the beginning of its JSON as a text where it is too long. */
  value: unknown
  truncated: boolean
}

/** Bounds a foreign value by the length of its JSON, in UTF-16 units. */
export function capped(value: unknown, charsMax: number): Capped {
  const json = jsonOf(value)
  if (json === null) return { value: null, truncated: true }
  return json.length <= charsMax
    ? { value, truncated: false }
    : { value: json.slice(0, charsMax).toWellFormed(), truncated: true }
}

/** Null for a value that is nested too deeply to be written. */
function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch {
    return null
  }
}
