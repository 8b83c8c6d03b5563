import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher, Pool } from 'undici'
import { followSignal } from '../../kit/concurrency/follow-signal.ts'
import { AnswerHandler } from '../../kit/net/answer-handler.ts'

/** The result of one HTTP request. */
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

/** Sends one request over the pool and reads its answer. Never throws. */
export function exchange(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, signal }: ExchangeLimits,
): Promise<Exchange> {
  if (signal.aborted) return Promise.resolve({ state: 'unsent', reason: 'aborted before it was sent' })
  return new Promise((resolve) => {
    const end = (result: Exchange): void => {
      clearTimeout(timer)
      unfollow()
      resolve(result)
    }
    const handler = new AnswerHandler({
      answered: ({ status, headers, body }) =>
        end({ state: 'answered', status, headers, text: body.toString('utf8') }),
      failed: (error, sent) => end({ state: sent ? 'unanswered' : 'unsent', reason: describe(error) }),
    })
    const giveUp = (reason: string): void => handler.giveUp(new Error(reason))
    const timer = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)
    const unfollow = followSignal(signal, () => giveUp('aborted'))
    pool.dispatch(request, handler)
  })
}

/** The code where there is one: the messages of several addresses tried in turn are empty. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
