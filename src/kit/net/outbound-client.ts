import { Agent, Client, Pool, type Dispatcher } from 'undici'
import { AnswerHandler, type AnswerEnds } from './answer-handler.ts'
import {
  ConnectError,
  createOutboundConnector,
  type OutboundConnector,
  type OutboundError,
  type OutboundProxy,
} from './outbound-connector.ts'
import { ForbiddenTargetError, type OutboundGuard } from './outbound-guard.ts'

/** The result of a guarded request. */
export interface OutboundAnswer {
  /** The HTTP status; 0 when there was no whole answer, and then `error` says why. */
  status: number
  headers: Record<string, string | string[] | undefined>
  /** The first bytes of the body, as text; bytes that are not UTF-8 are replaced. */
  body: string
  error: OutboundError | null
  /** The address that was connected to; null when there was no connection. */
  remoteAddress: string | null
  /** From the call to the last byte that was read. */
  latencyMs: number
}

export interface OutboundGet {
  headers: Record<string, string>
  /** Gives the request up: `E_TIMEOUT`. */
  signal?: AbortSignal
}

export interface OutboundPost extends OutboundGet {
  body: string
}

/** A client for URLs that others gave us: guarded, never redirected, bounded in time and size. */
export interface OutboundClient {
  /**
   * Posts and reads the answer. Never throws. A body longer than is kept is cut there and its connection given up;
   * the answer counts. Nothing is decompressed.
   */
  post(url: string, request: OutboundPost): Promise<OutboundAnswer>
  /** The same by GET, without a body. */
  get(url: string, request: OutboundGet): Promise<OutboundAnswer>
  close(): Promise<void>
}

export interface OutboundClientOptions {
  guard: OutboundGuard
  /** Covers the DNS, connecting, headers and body together. */
  timeoutMs: number
  connectTimeoutMs: number
  /** So many bytes of a body are kept. */
  bodyBytesMax: number
  proxy?: OutboundProxy | null
}

/** Answers to webhooks have some hundred bytes of headers. */
const headerBytesMax = 32_768

/**
 * Connections are kept and reused. There is no limit of them to an origin: endpoints of many accounts may share
 * one, and one that hangs would take the others' connections. The caller bounds how many requests are under way.
 */
export function createOutboundClient(options: OutboundClientOptions): OutboundClient {
  const { guard, timeoutMs, bodyBytesMax } = options
  const connector = createOutboundConnector({
    guard,
    timeoutMs: options.connectTimeoutMs,
    proxy: options.proxy ?? null,
  })
  const agent = createAgent(connector)

  function ask(
    request: OutboundRequest,
    text: string,
    signal: AbortSignal | undefined,
  ): Promise<OutboundAnswer> {
    const startedMs = performance.now()
    return new Promise((resolve) => {
      const end = (result: Pick<OutboundAnswer, 'status' | 'headers' | 'body' | 'error'>): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        resolve({
          ...result,
          remoteAddress: request.line?.remoteAddress ?? null,
          latencyMs: Math.round(performance.now() - startedMs),
        })
      }
      const ends: AnswerEnds = {
        answered: (answer) => end({ ...answer, body: answer.body.toString('utf8'), error: null }),
        failed: (error) => end({ status: 0, headers: {}, body: '', error: kindOf(error) }),
      }
      const handler = new AnswerHandler(ends, bodyBytesMax)
      const giveUp = (): void => handler.giveUp(new TimeoutError())
      const timer = setTimeout(giveUp, timeoutMs)
      if (signal?.aborted === true) return giveUp()
      signal?.addEventListener('abort', giveUp)
      try {
        const { origin, pathname, search } = guard.checkUrl(text)
        request.origin = origin
        request.path = pathname + search
        agent.dispatch(request, handler)
      } catch (error) {
        handler.giveUp(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  return {
    post: (url, { headers, body, signal }) => ask(new OutboundRequest('POST', headers, body), url, signal),
    get: (url, { headers, signal }) => ask(new OutboundRequest('GET', headers, null), url, signal),
    async close() {
      await Promise.all([agent.destroy(), connector.close()])
    },
  }
}

/** One request on its way through undici, which hands this very object to the connection that takes it. */
class OutboundRequest implements Dispatcher.DispatchOptions {
  readonly method: 'GET' | 'POST'
  readonly headers: Record<string, string>
  readonly body: string | null
  origin = ''
  path = ''
  line: Line | undefined

  constructor(method: 'GET' | 'POST', headers: Record<string, string>, body: string | null) {
    this.method = method
    this.headers = headers
    this.body = body
  }
}

/** A connection of undici's that knows where it leads. */
class Line extends Client {
  remoteAddress: string | null = null

  constructor(origin: URL | string, options: Client.Options, connector: OutboundConnector) {
    super(origin, {
      ...options,
      connect: (target, callback) => {
        this.remoteAddress = null
        connector.connect(target, (address) => (this.remoteAddress = address), callback)
      },
    })
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (options instanceof OutboundRequest) options.line = this
    return super.dispatch(options, handler)
  }
}

function createAgent(connector: OutboundConnector): Agent {
  return new Agent({
    factory: (origin, options: Pool.Options) =>
      new Pool(origin, {
        ...options,
        factory: (url, inner: Client.Options) => new Line(url, inner, connector),
      }),
    pipelining: 1,
    // Shorter than the five seconds after which many servers hang up: a request that meets that is lost.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: headerBytesMax,
    // A time limit for the whole answer, which also ends one that arrives a few bytes at a time.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** Names and codes of errors that say: what came is not HTTP as it should be. */
const responseErrors = /^(HTTPParserError|HPE_|UND_ERR_(HEADERS_OVERFLOW|RES))/

/** The request was given up, by its time limit or by its caller. */
class TimeoutError extends Error {
  constructor() {
    super('E_TIMEOUT')
    this.name = 'TimeoutError'
  }
}

function kindOf(error: unknown): OutboundError {
  if (error instanceof TimeoutError) return 'E_TIMEOUT'
  if (error instanceof ConnectError) return error.kind
  if (error instanceof ForbiddenTargetError) return error.code
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof Error && (responseErrors.test(error.name) || responseErrors.test(code))) {
    return 'E_RESPONSE'
  }
  // A URL or a header that HTTP cannot carry.
  return code === 'UND_ERR_INVALID_ARG' ? 'E_INVALID_TARGET' : 'E_CONNECTION'
}
