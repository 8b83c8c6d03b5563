import { Agent, request } from 'undici'
import { ForbiddenTargetError, type OutboundGuard } from './outbound-guard.ts'

/** What a guarded request came to. `status` 0 and an `error` kind when there was no whole answer. */
export interface OutboundAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** The first bytes of the body, as text. */
  body: string
  error: OutboundError | null
}

export type OutboundError = 'E_DNS' | 'E_CONNECTION' | 'E_TIMEOUT' | 'E_TLS' | 'E_FORBIDDEN_TARGET'

/** A client for URLs that others gave us: guarded, never redirected, bounded in time and size. */
export interface OutboundClient {
  post(url: string, options: { headers: Record<string, string>; body: string }): Promise<OutboundAnswer>
  close(): Promise<void>
}

/**
 * `timeoutMs` covers connecting, headers and body together. At most `bodyBytesMax` of an answer are kept; of a
 * longer one the connection is given up.
 */
export function createOutboundClient(options: {
  guard: OutboundGuard
  timeoutMs: number
  connectTimeoutMs: number
  bodyBytesMax: number
}): OutboundClient {
  // No limit of connections to an origin: endpoints of many accounts may share one, and one that hangs would
  // take the others' place. Whoever calls bounds what is under way.
  const agentFor = (protocol: 'http:' | 'https:'): Agent =>
    new Agent({
      connect: { lookup: options.guard.lookupFor(protocol), timeout: options.connectTimeoutMs },
      keepAliveTimeout: 10_000,
      maxHeaderSize: 32_768,
    })
  const agents = { 'http:': agentFor('http:'), 'https:': agentFor('https:') }

  return {
    async post(text, { headers, body }) {
      try {
        const url = options.guard.checkUrl(text)
        const answer = await request(url, {
          method: 'POST',
          headers,
          body,
          dispatcher: url.protocol === 'http:' ? agents['http:'] : agents['https:'],
          signal: AbortSignal.timeout(options.timeoutMs),
        })
        return {
          status: answer.statusCode,
          headers: answer.headers,
          body: await readSome(answer.body, options.bodyBytesMax),
          error: null,
        }
      } catch (error) {
        return { status: 0, headers: {}, body: '', error: errorKind(error) }
      }
    },
    async close() {
      await Promise.all([agents['http:'].destroy(), agents['https:'].destroy()])
    },
  }
}

async function readSome(stream: AsyncIterable<Buffer>, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the loop early destroys the stream, so that an endless answer ends here.
  for await (const chunk of stream) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > bytesMax) break
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8')
}

function errorKind(error: unknown): OutboundError {
  if (error instanceof ForbiddenTargetError) return 'E_FORBIDDEN_TARGET'
  if (!(error instanceof Error)) return 'E_CONNECTION'
  const code = 'code' in error ? String(error.code) : ''
  if (error.name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code)) return 'E_TIMEOUT'
  if (/ENOTFOUND|EAI_AGAIN|EAI_/.test(code)) return 'E_DNS'
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return 'E_TLS'
  return 'E_CONNECTION'
}
