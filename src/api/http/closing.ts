import type { FastifyInstance } from 'fastify'
import { AppError } from '../../domain/app-error.ts'

/** Turns away, in the shape of every refusal, what comes after the server began to close. */
export function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  app.addHook('onRequest', (_request, reply, next) => {
    if (!closing) return next()
    void reply.header('connection', 'close')
    next(new AppError('unavailable', 'This process is stopping. Try again.', { retryAfterSeconds: 1 }))
  })
}
