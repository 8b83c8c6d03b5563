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
