import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import {
  ConnectError,
  createOutboundConnector,
  type OutboundError,
  type OutboundProxy,
} from './outbound-connector.ts'
import { ForbiddenTargetError, type OutboundGuard } from './outbound-guard.ts'

/** A file on its way, whose `stream` must be read to its end or destroyed; or why there is none. */
export type OutboundDownload =
  | { state: 'answered'; status: number; headers: IncomingHttpHeaders; stream: Readable }
  | { state: 'failed'; error: OutboundError }

/** Fetches files from URLs that others gave us: guarded, never redirected. */
export interface OutboundDownloads {
  /** Never throws. */
  open(url: string, signal: AbortSignal): Promise<OutboundDownload>
}

/** Between two pieces of a file. */
const pieceTimeoutMs = 30_000

/** `timeoutMs`: to connect, and again until the first byte of the answer. */
export function createOutboundDownloads({
  guard,
  proxy,
  timeoutMs,
}: {
  guard: OutboundGuard
  proxy: OutboundProxy | null
  timeoutMs: number
}): OutboundDownloads {
  const connector = createOutboundConnector({ guard, timeoutMs, proxy })
  const agent = new Agent({
    connect: (options, callback) => connector.connect(options, () => undefined, callback),
    headersTimeout: timeoutMs,
    bodyTimeout: pieceTimeoutMs,
    keepAliveTimeout: 4_000,
    connections: 32,
  })
  return {
    async open(url, signal) {
      try {
        const { href } = guard.checkUrl(url)
        const { statusCode, headers, body } = await request(href, {
          dispatcher: agent,
          signal,
          headers: { 'user-agent': 'hermod' },
        })
        return { state: 'answered', status: statusCode, headers, stream: body }
      } catch (error) {
        return { state: 'failed', error: kindOf(error) }
      }
    },
  }
}

function kindOf(error: unknown): OutboundError {
  if (error instanceof ConnectError) return error.kind
  if (error instanceof ForbiddenTargetError) return error.code
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/TIMEOUT|ABORT/.test(code)) return 'E_TIMEOUT'
  return code === 'UND_ERR_INVALID_ARG' ? 'E_INVALID_TARGET' : 'E_CONNECTION'
}
