import { createHmac, timingSafeEqual } from 'node:crypto'

/** The header in which Meta signs its callbacks, as Node spells it. */
export const signatureHeader = 'x-hub-signature-256'

const shape = /^sha256=([0-9a-f]{64})$/i

/**
 * The value of `X-Hub-Signature-256` for a callback: the HMAC-SHA256 of the raw bytes under the app secret.
 * Source: Meta, Webhooks from Meta, "Validate payloads".
 */
export function signCallback(body: Buffer, appSecret: string): string {
  return `sha256=${digest(body, appSecret).toString('hex')}`
}

/**
 * Tells whether a callback comes from someone who knows the app secret. Takes the bytes as they came: Meta
 * escapes its JSON in its own way, so a body that was parsed and written again no longer matches.
 */
export function verifyCallback(
  body: Buffer,
  headers: Record<string, string | string[] | undefined>,
  appSecret: string,
): boolean {
  const given = headers[signatureHeader]
  // An empty secret would make a signature that anybody can forge.
  if (typeof given !== 'string' || appSecret === '') return false
  const hex = shape.exec(given)?.[1]
  return hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), digest(body, appSecret))
}

function digest(body: Buffer, appSecret: string): Buffer {
  return createHmac('sha256', appSecret).update(body).digest()
}
