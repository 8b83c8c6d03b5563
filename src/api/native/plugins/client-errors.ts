import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { errorCodes, type ErrorCode } from '../../../domain/app-error.ts'
import { newId } from '../../../kit/id.ts'

/** Refusals of Node's HTTP parser, before there is a request. */
const refusals: Record<string, { code: ErrorCode; text: string }> = {
  HPE_HEADER_OVERFLOW: {
    code: 'headers_too_large',
    text: 'The headers are too large. Send at most 16 KB of them.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', text: 'The request did not arrive in time.' },
}
const unreadable = { code: 'bad_request', text: 'The request is not valid HTTP.' } as const

/** Answers what cannot be read as a request in the shape of every other refusal, and hangs up. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { code, text } = refusals[error.code ?? ''] ?? unreadable
  const status = errorCodes[code]
  const body = JSON.stringify({ success: false, error: text, code, requestId: newId() })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
