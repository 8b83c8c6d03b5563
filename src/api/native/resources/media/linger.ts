import type { IncomingMessage } from 'node:http'

const lingerMsMax = 2_000
const lingerBytesMax = 8 * 1_024 * 1_024

/**
 * After an answer to a request whose body was not read to its end: goes on reading for a moment, so that the client
 * sees the answer before the connection ends, and then hangs up on who still sends.
 */
export function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  let bytes = 0
  const timer = setTimeout(() => request.socket.destroy(), lingerMsMax)
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > lingerBytesMax) request.socket.destroy()
  })
  request.resume()
}
