/**
 * A text as one line of a terminal may show it: what moves the cursor, turns the direction of writing or forges a line is
 * written as its number. The text may come from anybody.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u200B-\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
