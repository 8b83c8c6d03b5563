import { Pool, type Dispatcher } from 'undici'
import { exchange, type Exchange } from './exchange.ts'

export interface GraphConnectionOptions {
  /**
   * `https://graph.facebook.com`, or what stands in for it. The operator's own setting: any address is fine.
   */
  graphUrl: string
  /** `v23.0`, for example. */
  graphVersion: string
  /** Of one request, from the call to the last byte of the answer. */
  timeoutMs: number
  connectionsMax: number
}

/** Requests to Graph under one version. `path` has no slash before it. Neither method throws. */
export interface GraphConnection {
  get(path: string, accessToken: string, signal: AbortSignal): Promise<Exchange>
  postJson(path: string, accessToken: string, body: unknown, signal: AbortSignal): Promise<Exchange>
  /** Takes nothing more, waits for what is under way, then hangs up. */
  close(): Promise<void>
}

/** An answer of Graph's has a few hundred bytes. */
const answerBytesMax = 64 * 1024

/** Long enough to spare handshakes, short enough that Graph does not hang up first. */
const idleMsMax = 15_000

/**
 * One pool of keep-alive connections, one request at a time on each; nothing is ever sent twice by itself.
 * @throws TypeError when `graphUrl` is not a URL.
 */
export function connectGraph(options: GraphConnectionOptions): GraphConnection {
  const { timeoutMs, connectionsMax } = options
  const base = new URL(`${options.graphUrl.replace(/\/+$/, '')}/${options.graphVersion}/`)
  const pool = new Pool(base.origin, {
    connections: connectionsMax,
    pipelining: 1,
    connect: { timeout: timeoutMs },
    keepAliveTimeout: idleMsMax,
    maxResponseSize: answerBytesMax,
    // The exchange has its own clock, which also runs while it waits for a connection.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  let underWay = 0
  let closing: Promise<void> | undefined
  let onIdle = () => {}

  async function run(request: Dispatcher.DispatchOptions, signal: AbortSignal): Promise<Exchange> {
    if (closing) return { state: 'unsent', reason: 'the connection is closed' }
    underWay++
    const result = await exchange(pool, request, { timeoutMs, signal })
    if (--underWay === 0) onIdle()
    return result
  }

  return {
    get: (path, accessToken, signal) =>
      run(
        { method: 'GET', path: base.pathname + path, headers: ['authorization', `Bearer ${accessToken}`] },
        signal,
      ),
    postJson: (path, accessToken, body, signal) =>
      run(
        {
          method: 'POST',
          path: base.pathname + path,
          headers: ['authorization', `Bearer ${accessToken}`, 'content-type', 'application/json'],
          body: JSON.stringify(body),
        },
        signal,
      ),
    close() {
      // Not `pool.close`: it would also wait for requests that were given up while they waited to connect.
      closing ??= new Promise<void>((resolve) => {
        onIdle = resolve
        if (underWay === 0) resolve()
      }).then(() => pool.destroy())
      return closing
    },
  }
}
