import type { FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'

/** Where Meta calls about one session, as the outside reaches this installation. */
export function callbackUrlOf(ctx: Context, request: FastifyRequest, sessionId: string): string {
  const base = ctx.config.http.publicUrl ?? `${request.protocol}://${request.host}`
  return `${base}/webhooks/whatsapp/${sessionId}`
}
