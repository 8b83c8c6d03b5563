import type { FastifyReply, FastifyRequest } from 'fastify'

/** Sets what every answer has: the id of its request, and that its type is not to be guessed at. */
export function setBasicHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
}
