import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { AppError } from '../../../domain/app-error.ts'

const decoders: Readonly<Record<string, () => ReturnType<typeof createGunzip>>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** A body on its way, with the number of bytes that came of it, which Fastify compares with Content-Length. */
type Decoded = Readable & { receivedEncodedLength: number }

/**
 * Takes bodies in the encodings that clients compress with, and refuses others by name. The limit of a body holds for what
 * comes out, so a small body that unpacks to a large one is refused as soon as it is larger.
 */
export function decodeBodies(app: FastifyInstance): void {
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? ''
    if (encoding === '' || encoding === 'identity') return done(null, payload)
    const open = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined
    if (open === undefined || isMultipart(request)) return done(refused(encoding, isMultipart(request)))
    done(null, decodedBy(open, payload))
  })
}

function isMultipart({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.toLowerCase().startsWith('multipart/') ?? false
}

function refused(encoding: string, multipart: boolean): AppError {
  const name = /^[\w, -]{1,40}$/.test(encoding) ? ` "${encoding}"` : ''
  return new AppError(
    'unsupported_media_type',
    multipart
      ? `A form with a file is not taken in the encoding${name}: send it as it is, without Content-Encoding.`
      : `The Content-Encoding${name} is not taken: send the body as it is, or as gzip, deflate or br.`,
  )
}

function decodedBy(open: () => ReturnType<typeof createGunzip>, payload: Readable): Decoded {
  const decoder = Object.assign(open(), { receivedEncodedLength: 0 })
  payload.on('data', (chunk: Buffer) => (decoder.receivedEncodedLength += chunk.length))
  // Its error reaches the reader of the decoder, who answers it.
  pipeline(payload, decoder, () => undefined)
  return decoder
}
