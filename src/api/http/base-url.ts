import type { FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'

const hostname = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i

/** Where a caller reaches this installation, without a slash at the end. A Host header that is no name is not repeated. */
export function baseOf(ctx: Context, request: FastifyRequest): string {
  const { publicUrl, port } = ctx.config.http
  if (publicUrl !== null) return publicUrl
  return hostname.test(request.host) ? `${request.protocol}://${request.host}` : `http://localhost:${port}`
}

/** Where Meta calls about one session, as the outside reaches this installation. */
export function callbackUrlOf(ctx: Context, request: FastifyRequest, sessionId: string): string {
  return `${baseOf(ctx, request)}/webhooks/whatsapp/${sessionId}`
}

/** The path that was asked for, without its query. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  return url.split('?')[0] ?? ''
}
