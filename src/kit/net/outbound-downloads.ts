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
export type OutboundDownload = Answered | { state: 'failed'; error: OutboundError }

interface Answered {
  state: 'answered'
  status: number
  headers: IncomingHttpHeaders
  stream: Readable
}

/** Fetches files from URLs that others gave us. The guard looks at every URL, those of redirects too. */
export interface OutboundDownloads {
  /** `firstBytes`: no more than these are wanted; a server may give more. Never throws. */
  open(url: string, signal: AbortSignal, firstBytes?: number): Promise<OutboundDownload>
}

/** Between two pieces of a file. */
const pieceTimeoutMs = 30_000
const redirectsMax = 3

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
  async function get(url: string, signal: AbortSignal, headers: Record<string, string>): Promise<Answered> {
    const { href } = guard.checkUrl(url)
    const {
      statusCode: status,
      headers: answered,
      body: stream,
    } = await request(href, {
      dispatcher: agent,
      signal,
      headers,
    })
    return { state: 'answered', status, headers: answered, stream }
  }

  return {
    async open(url, signal, firstBytes) {
      const headers = {
        'user-agent': 'hermod',
        ...(firstBytes !== undefined && { range: `bytes=0-${firstBytes - 1}` }),
      }
      try {
        let place = url
        for (let redirects = 0; ; redirects += 1) {
          const answer = await get(place, signal, headers)
          const next = targetOf(answer, place)
          if (next === null || redirects === redirectsMax) return answer
          // A body that is given up emits an error, which would end the process.
          answer.stream.on('error', () => undefined).destroy()
          place = next
        }
      } catch (error) {
        return { state: 'failed', error: kindOf(error) }
      }
    },
  }
}

/** Where an answer redirects to; null when it does not. */
function targetOf({ status, headers: { location } }: Answered, url: string): string | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null
  return URL.canParse(location, url) ? new URL(location, url).href : null
}

function kindOf(error: unknown): OutboundError {
  if (error instanceof ConnectError) return error.kind
  if (error instanceof ForbiddenTargetError) return error.code
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/TIMEOUT|ABORT/.test(code)) return 'E_TIMEOUT'
  return code === 'UND_ERR_INVALID_ARG' ? 'E_INVALID_TARGET' : 'E_CONNECTION'
}
