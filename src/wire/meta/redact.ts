/** The text that replaces a secret. */
const blank = '[redacted]'

/**
 * Texts that look like a credential of Meta's: a user or system token (`EAA...`), an app token (`<app
 * id>|<secret>`), and whatever follows `Bearer` or `access_token=`. Meta quotes malformed tokens in its
 * error messages.
 */
const credentialShapes = new RegExp(
  [
    /\bEAA[A-Za-z0-9]{8,}/,
    /\b\d{8,}\|[\w-]{8,}/,
    /(?<=\bBearer\s)\S+/,
    /(?<=\baccess_token["']?\s?[=:]\s?["']?)[^\s&"',}]+/,
  ]
    .map((shape) => shape.source)
    .join('|'),
  'gi',
)

/** Deeper levels of a foreign answer are dropped: nothing that Graph says is nested this far. */
const depthMax = 8

/**
 * A text without anything that is or looks like a credential. `secrets` are taken out wherever they stand.
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  const known = secrets.reduce(
    (rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, blank)),
    text,
  )
  return known.replace(credentialShapes, blank)
}

/** The same for every text inside a parsed JSON value. */
export function redactValue(value: unknown, secrets: readonly string[] = [], depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, secrets)
  if (typeof value !== 'object' || value === null) return value
  if (depth === depthMax) return null
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      redactText(key, secrets),
      redactValue(inner, secrets, depth + 1),
    ]),
  )
}
