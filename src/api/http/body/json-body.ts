import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { AppError, invalidField } from '../../../domain/app-error.ts'
import { charsetOf } from '../../../kit/net/media-type.ts'
import { isStorable } from '../../../kit/storable.ts'

const depthMax = 32
/** Enough for five thousand messages; a body of many more is work for nothing. */
const nodesMax = 500_000

/**
 * Reads JSON bodies. Refuses what Postgres could not store (NUL characters, lone surrogates) and what is nested
 * too deep; an empty body is no body, whatever its content type says.
 */
export function installJsonBody(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      assertCharset(request.headers['content-type'] ?? '')
      done(null, parseJson(textOf(body)))
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

/** Text in another charset would reach people as question marks. */
function assertCharset(contentType: string): void {
  if (!contentType.includes(';')) return
  const charset = charsetOf(contentType)
  if (charset === null || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') return
  const name = /^[\w.:-]{1,40}$/.test(charset) ? ` "${charset}"` : ''
  throw new AppError(
    'unsupported_media_type',
    `The charset${name} is not taken: send the body in UTF-8, with Content-Type: application/json; charset=utf-8.`,
  )
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    throw new AppError(
      'invalid_encoding',
      'The body has bytes that are not UTF-8. Encode it as UTF-8 before you send it.',
    )
  }
  const text = bytes.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  const value = parse(text)
  try {
    assertStorable(value, { nodes: 0 }, 0)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw invalidField(`body${error.fields.map((field) => `.${field}`).join('')}`, error.message)
  }
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

/** The count of values on the walk through a body. */
interface Walk {
  nodes: number
}

/** Throws for the first value that must not be stored; the path to it is only made then. */
function assertStorable(value: unknown, walk: Walk, depth: number): void {
  walk.nodes += 1
  if (walk.nodes > nodesMax) throw invalidField('body', `has more than ${nodesMax} values`)
  if (typeof value === 'string') return assertText(value)
  if (typeof value !== 'object' || value === null) return
  if (depth === depthMax) throw invalidField('body', `is nested deeper than ${depthMax} levels`)
  if (Array.isArray(value)) {
    for (const inner of value) assertStorable(inner, walk, depth + 1)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    try {
      if (key === '__proto__') throw new Misfit('has a field named __proto__')
      assertText(key)
      assertStorable(inner, walk, depth + 1)
    } catch (error) {
      throw error instanceof Misfit ? error.within(key) : error
    }
  }
}

function assertText(text: string): void {
  if (isStorable(text)) return
  throw new Misfit('has a character that cannot be stored (NUL, or half of a surrogate pair)')
}

/** Something that does not fit, and the fields on the way to it. */
class Misfit extends Error {
  readonly fields: string[] = []

  within(field: string): this {
    if (field !== '__proto__' && isStorable(field)) this.fields.unshift(field)
    return this
  }
}
