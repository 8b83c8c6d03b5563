import type { FastifyInstance } from 'fastify'

/** Keeps bodies of any type as their bytes came, for callbacks whose signature covers the bytes. */
export function readAsBytes(app: FastifyInstance, { bodyLimit }: { bodyLimit?: number } = {}): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', ...(bodyLimit !== undefined && { bodyLimit }) },
    (_request, body, done) => done(null, body),
  )
}
