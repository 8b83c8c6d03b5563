import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidRequest } from '../../domain/app-error.ts'
import { canonicalJson, sha256 } from '../../kit/crypto/hash.ts'
import type { Idempotency } from '../../services/messages/idempotency.ts'

const printable = /^[\x20-\x7e]{1,255}$/

/**
 * The request's `Idempotency-Key` (1 to 255 printable ASCII characters, quoted or bare) with the fingerprint of
 * what it asks for, or null when there is none. Throws `validation_failed`.
 */
export function idempotencyOf(request: FastifyRequest): Idempotency | null {
  const header = request.headers['idempotency-key']
  if (header === undefined) return null
  const key = String(header)
    .trim()
    .replace(/^"(.*)"$/, '$1')
  if (!printable.test(key)) {
    throw invalidRequest([
      {
        path: 'headers.idempotency-key',
        message: 'must be 1 to 255 printable ASCII characters',
      },
    ])
  }
  const asked = `${request.method} ${request.routeOptions.url} ${canonicalJson(request.body)}`
  return { key, fingerprint: sha256(asked) }
}

/** Marks an answer that was given before. */
export function markReplayed(reply: FastifyReply, replayed: boolean): void {
  if (replayed) void reply.header('idempotency-replayed', 'true')
}

/** The header in the OpenAPI document, with an example of a key. */
export function idempotencyKey(example: string): object {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      `A name of your own for this request, such as ${example}. Sent again within 24 hours with the same body, ` +
      'it answers as the first time (with `Idempotency-Replayed: true`) and sends nothing. With another body: 409.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
  }
}
