import { format, parse } from 'content-type'

const lengthMax = 255

/**
 * A media type as a header may have it, in its plainest writing: `Audio/OGG;codecs="opus"` -> `audio/ogg; codecs=opus`.
 * Null for what is none; so nothing in it breaks out of a header.
 */
export function writtenMediaType(text: string): string | null {
  if (text.length > lengthMax) return null
  try {
    return format(parse(text))
  } catch {
    return null
  }
}

/** The parameter `charset` of a media type in small letters; null where there is none. */
export function charsetOf(text: string): string | null {
  return parse(text).parameters['charset']?.toLowerCase() ?? null
}
