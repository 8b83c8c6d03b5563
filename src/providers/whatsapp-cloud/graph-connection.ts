import { Readable } from 'node:stream'
import { Pool, type Dispatcher } from 'undici'
import { discard } from '../../kit/net/discard.ts'
import { withoutTrailingSlashes } from '../../kit/net/trailing-slashes.ts'
import { openDownloads, type Download } from './downloads.ts'
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

/** A body whose length is known before it is read. */
export interface StreamedBody {
  contentType: string
  contentLength: number
  headers?: Record<string, string>
  parts(): AsyncIterable<Buffer>
}

/** Requests to Graph under one version. `path` has no slash before it. No method throws. */
export interface GraphConnection {
  get(path: string, accessToken: string, signal: AbortSignal): Promise<Exchange>
  postJson(path: string, accessToken: string, body: unknown, signal: AbortSignal): Promise<Exchange>
  delete(path: string, accessToken: string, signal: AbortSignal): Promise<Exchange>
  /** A list, whose answer may be large. */
  getPage(path: string, accessToken: string, signal: AbortSignal): Promise<Exchange>
  /** A file, which takes longer than a message. */
  postStream(path: string, accessToken: string, body: StreamedBody, signal: AbortSignal): Promise<Exchange>
  /** Fetches what Graph keeps elsewhere: the caller has made sure that the URL may see the token. */
  download(url: URL, accessToken: string, signal: AbortSignal): Promise<Download>
  /** `https://graph.facebook.com`, or where it is stood in for. */
  origin: string
  /** Takes nothing more, waits for what is under way, then hangs up. */
  close(): Promise<void>
}

/** An answer of Graph's has a few hundred bytes. */
const answerBytesMax = 64 * 1_024
/** A page of templates, each with its components and examples. */
const pageBytesMax = 8 * 1_024 * 1_024
/** For lists and files, so that they never take a connection from messages. */
const wideConnectionsMax = 16
/** For a hundred megabytes over a slow line. */
const streamTimeoutMs = 180_000

/** Long enough to spare handshakes, short enough that Graph does not hang up first. */
const idleMsMax = 15_000

/**
 * One pool of keep-alive connections, one request at a time on each; nothing is ever sent twice by itself.
 * @throws TypeError when `graphUrl` is not a URL.
 */
export function connectGraph(options: GraphConnectionOptions): GraphConnection {
  const { timeoutMs, connectionsMax } = options
  const base = new URL(`${withoutTrailingSlashes(options.graphUrl)}/${options.graphVersion}/`)
  const shared = {
    pipelining: 1,
    connect: { timeout: timeoutMs },
    keepAliveTimeout: idleMsMax,
    // The exchange has its own clock, which also runs while it waits for a connection.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  const pool = new Pool(base.origin, {
    ...shared,
    connections: connectionsMax,
    maxResponseSize: answerBytesMax,
  })
  const wide = new Pool(base.origin, {
    ...shared,
    connections: wideConnectionsMax,
    maxResponseSize: pageBytesMax,
  })
  const downloads = openDownloads({ timeoutMs })
  let underWay = 0
  let closing: Promise<void> | undefined
  let onIdle = () => {}

  async function run(
    request: Dispatcher.DispatchOptions,
    signal: AbortSignal,
    over: { pool: Pool; timeoutMs: number } = { pool, timeoutMs },
  ): Promise<Exchange> {
    if (closing) return { state: 'unsent', reason: 'the connection is closed' }
    underWay++
    const result = await exchange(over.pool, request, { timeoutMs: over.timeoutMs, signal })
    if (--underWay === 0) onIdle()
    return result
  }

  const getOf = (path: string, accessToken: string): Dispatcher.DispatchOptions => ({
    method: 'GET',
    path: base.pathname + path,
    headers: ['authorization', `Bearer ${accessToken}`],
  })

  return {
    origin: base.origin,
    get: (path, accessToken, signal) => run(getOf(path, accessToken), signal),
    getPage: (path, accessToken, signal) => run(getOf(path, accessToken), signal, { pool: wide, timeoutMs }),
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
    delete: (path, accessToken, signal) => run({ ...getOf(path, accessToken), method: 'DELETE' }, signal),
    async postStream(path, accessToken, { contentType, contentLength, headers: more, parts }, signal) {
      const body = Readable.from(parts(), { objectMode: false })
      const headers = {
        authorization: `Bearer ${accessToken}`,
        'content-type': contentType,
        'content-length': String(contentLength),
        ...more,
      }
      const request: Dispatcher.DispatchOptions = {
        method: 'POST',
        path: base.pathname + path,
        headers,
        body,
      }
      const result = await run(request, signal, { pool: wide, timeoutMs: streamTimeoutMs })
      // The request was answered before its body was read, or never sent: the reader of the file is released.
      discard(body)
      return result
    },
    download: (url, accessToken, signal) => downloads.open(url, accessToken, signal),
    close() {
      // Not `pool.close`: it would also wait for requests that were given up while they waited to connect.
      closing ??= new Promise<void>((resolve) => {
        onIdle = resolve
        if (underWay === 0) resolve()
      }).then(async () => {
        await Promise.all([pool.destroy(), wide.destroy(), downloads.close()])
      })
      return closing
    },
  }
}
