import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Agent, request } from 'undici'

/** The result of asking for a file: its bytes as they come, or the reason why there are none. */
export type Download =
  | { state: 'answered'; status: number; headers: IncomingHttpHeaders; stream: Readable }
  | { state: 'failed'; reason: string }

export interface Downloads {
  /** Follows no redirect: the token is shown to this URL alone. Never throws. */
  open(url: URL, accessToken: string, signal: AbortSignal): Promise<Download>
  /** Hangs up, whatever is under way. */
  close(): Promise<void>
}

/** Between two pieces of a file. */
const pieceTimeoutMs = 60_000

/** A client for files. `timeoutMs`: to connect, and again until the first byte of the answer. */
export function openDownloads({ timeoutMs }: { timeoutMs: number }): Downloads {
  const agent = new Agent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: pieceTimeoutMs,
    connections: 32,
  })
  return {
    async open(url, accessToken, signal) {
      try {
        const { statusCode, headers, body } = await request(url, {
          dispatcher: agent,
          signal,
          // Meta's file servers refuse a request that does not say what makes it.
          headers: { authorization: `Bearer ${accessToken}`, 'user-agent': 'hermod' },
        })
        return { state: 'answered', status: statusCode, headers, stream: body }
      } catch (error) {
        return { state: 'failed', reason: error instanceof Error ? error.message : String(error) }
      }
    },
    close: () => agent.destroy(),
  }
}
