import type { FastifyInstance } from 'fastify'
import { AppError } from '../../domain/app-error.ts'

const depthMax = 32

/**
 * Reads JSON bodies. Refuses what Postgres could not store (NUL characters, lone surrogates) and what is nested
 * too deep; an empty body is no body, whatever its content type says.
 */
export function installJsonBody(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body.toString()))
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  const value = parse(text)
  assertStorable(value, 'body', 0)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable'
    throw new AppError('invalid_json', 'The body is not valid JSON.', {
      details: [{ path: 'body', message: reason.replaceAll(/"[^"]*"\.*/g, '…').slice(0, 200) }],
    })
  }
}

function assertStorable(value: unknown, path: string, depth: number): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed() || value.includes('\0')) {
      throw invalid(path, 'has a character that cannot be stored (NUL, or half of a surrogate pair)')
    }
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth === depthMax) throw invalid('body', `is nested deeper than ${depthMax} levels`)
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') throw invalid(path, 'has a field named __proto__')
    assertStorable(key, path, depth + 1)
    assertStorable(inner, Array.isArray(value) ? path : `${path}.${key}`, depth + 1)
  }
}

function invalid(path: string, message: string): AppError {
  return new AppError('validation_failed', 'The request is not valid.', { details: [{ path, message }] })
}
