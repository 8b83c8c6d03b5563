/** The value of a JSON text; undefined, to which no JSON parses, for a text that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
