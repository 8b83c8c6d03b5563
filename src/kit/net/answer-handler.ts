import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** The end of one HTTP request. Exactly one of the two is called, once. */
export interface AnswerEnds {
  answered(answer: { status: number; headers: IncomingHttpHeaders; body: Buffer }): void
  /** `sent`: at least a part of the request was written, so the server may have received it. */
  failed(error: unknown, sent: boolean): void
}

/**
 * Reads one answer as undici's dispatcher delivers it. Why not `pool.request`: undici calls `onRequestStart` right
 * before it writes to the socket, and nothing else tells a request that waited for a connection from one that was
 * sent; an abort, a timeout and a reset look the same before and after that moment. It also spares the streams and
 * signals of `request`.
 *
 * Of a body longer than `bodyBytesMax` the first bytes are kept, and the connection is given up.
 */
export class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #ends: AnswerEnds
  readonly #bodyBytesMax: number
  #isOver = false
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(ends: AnswerEnds, bodyBytesMax = Infinity) {
    this.#ends = ends
    this.#bodyBytesMax = bodyBytesMax
  }

  /** Ends the request from our side, whether it waits for a connection, is being written or is being answered. */
  giveUp(error: Error): void {
    this.#fail(error)
    this.#controller?.abort(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection. undici cannot take it out of its queue, so it ends here, unwritten:
    // a throw spares the connection, which `controller.abort` would close.
    if (this.#isOver) throw new Error('given up')
    this.#controller = controller
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes <= this.#bodyBytesMax) return
    this.#answer()
    controller.abort(new Error('the rest is not wanted'))
  }

  onResponseEnd(): void {
    this.#answer()
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(error)
  }

  #answer(): void {
    if (this.#isOver) return
    this.#isOver = true
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    const kept = body.length > this.#bodyBytesMax ? body.subarray(0, this.#bodyBytesMax) : body
    this.#ends.answered({ status: this.#status, headers: this.#headers, body: kept })
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ends.failed(error, this.#controller !== undefined)
  }
}
