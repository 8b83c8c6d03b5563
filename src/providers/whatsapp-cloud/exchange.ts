import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher, Pool } from 'undici'
import { followSignal } from './follow-signal.ts'

/** What became of one HTTP request. */
export type Exchange =
  | { state: 'answered'; status: number; headers: IncomingHttpHeaders; text: string }
  /** Not one byte of it left: it was certainly not received. */
  | { state: 'unsent'; reason: string }
  /** It was written, at least in part, and no whole answer came: it may have been received. */
  | { state: 'unanswered'; reason: string }

/** How long an exchange may take and who may end it early. */
export interface ExchangeLimits {
  /** From the call to the last byte of the answer, waiting for a connection included. */
  timeoutMs: number
  signal: AbortSignal
}

/**
 * Sends one request over the pool and reads its answer. Never throws.
 *
 * It drives undici's dispatcher itself instead of `pool.request`: undici calls `onRequestStart` right before
 * it writes to the socket, and nothing else tells a request that waited for a connection from one that was
 * sent. An abort, a timeout and a reset look the same before and after that moment.
 */
export function exchange(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, signal }: ExchangeLimits,
): Promise<Exchange> {
  if (signal.aborted) return Promise.resolve({ state: 'unsent', reason: 'aborted before it was sent' })
  return new Promise((resolve) => {
    const handler = new ExchangeHandler((result) => {
      clearTimeout(timer)
      unfollow()
      resolve(result)
    })
    const timer = setTimeout(() => handler.giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)
    const unfollow = followSignal(signal, () => handler.giveUp('aborted'))
    pool.dispatch(request, handler)
  })
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #settle: (result: Exchange) => void
  #settled = false
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []

  constructor(settle: (result: Exchange) => void) {
    this.#settle = settle
  }

  /** Ends the exchange from our side, whether it waits in the pool, is being written or is being answered. */
  giveUp(reason: string): void {
    this.#fail(reason)
    this.#controller?.abort(new Error(reason))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection. undici cannot take it out of its queue, so it ends here,
    // unwritten: a throw spares the connection, which `controller.abort` would close.
    if (this.#settled) throw new Error('given up')
    this.#controller = controller
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
    this.#end({
      state: 'answered',
      status: this.#status,
      headers: this.#headers,
      text: body.toString('utf8'),
    })
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(describe(error))
  }

  #fail(reason: string): void {
    this.#end({ state: this.#controller ? 'unanswered' : 'unsent', reason })
  }

  #end(result: Exchange): void {
    if (this.#settled) return
    this.#settled = true
    this.#settle(result)
  }
}

/** The code where there is one: the messages of several addresses tried in turn are empty. */
function describe(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
