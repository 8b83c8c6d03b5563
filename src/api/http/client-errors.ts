import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, errorCodes } from '../../domain/app-error.ts'
import { newId } from '../../kit/id.ts'

/** The errors of Node's HTTP parser, which happen before there is a request. */
const known: Record<string, () => AppError> = {
  HPE_HEADER_OVERFLOW: () =>
    new AppError('headers_too_large', 'The headers are too large. Send at most 16 KB of them.'),
  ERR_HTTP_REQUEST_TIMEOUT: () => new AppError('request_timeout', 'The request did not arrive in time.'),
}

/**
 * Answers bytes that are no HTTP request with the body that `bodyOf` makes for the refusal, and closes the connection.
 * For Fastify's `clientErrorHandler`.
 */
export function answerClientErrors(
  bodyOf: (refusal: AppError, requestId: string) => object,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const refusal =
      known[error.code ?? '']?.() ?? new AppError('bad_request', 'The request is not valid HTTP.')
    const status = errorCodes[refusal.code]
    const body = JSON.stringify(bodyOf(refusal, newId()))
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
        'X-Content-Type-Options: nosniff\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
}
