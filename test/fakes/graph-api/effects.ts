import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from './errors.ts'
import type { Outcome } from './rules.ts'
import type { State } from './state.ts'

/** True when the request takes effect, whatever its sender learns of it. */
export function isAccepting(outcome: Outcome): boolean {
  return outcome.kind === 'accept' || ('accepted' in outcome && outcome.accepted)
}

/**
 * Ends a request as the rule wants, after `delayMs`; `answer` writes the ordinary answer. A hanging request
 * stays open until the stand-in closes.
 */
export function finish(
  state: State,
  {
    request,
    response,
    outcome,
    delayMs,
  }: {
    request: IncomingMessage
    response: ServerResponse
    outcome: Outcome
    delayMs: number
  },
  answer: () => void,
): void {
  state.timers.after(delayMs, () => {
    switch (outcome.kind) {
      case 'accept':
        return answer()
      case 'error':
        state.ledger.refused(outcome.code)
        return refuse(response, outcome)
      case 'html':
        return answerHtml(response, outcome.status)
      case 'drop':
        state.ledger.stats.dropped += 1
        request.socket.destroy()
        return
      case 'hang':
        return
    }
  })
}

const page = `<!DOCTYPE html>
<html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>
`

function answerHtml(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
  response.end(page)
}
