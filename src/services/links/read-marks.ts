import { perContext, type Context } from '../../context.ts'
import { newId } from '../../kit/id.ts'
import { within } from '../../kit/concurrency/within.ts'
import type { Refusal } from '../../providers/contract.ts'
import { publishReadMark, subscribeToSignals } from './signals.ts'
import { recentDevice } from './state.ts'

/** How long the process that holds a device may take to answer. */
const answerMsMax = 8_000

interface Asker {
  ask(): void
  answer(problem: string | null): void
}

/** Those in this process who wait for an answer, by the id of what they asked. */
const askers = perContext((ctx: Context) => {
  const byRequest = new Map<string, Asker>()
  subscribeToSignals(
    ctx,
    {
      // The answer may have come before this process listened.
      onGap: () => byRequest.forEach(({ ask }) => ask()),
      onSignal(signal) {
        if (signal.kind === 'read-answer') byRequest.get(signal.request)?.answer(signal.problem)
      },
    },
    ctx.stopping,
  )
  return byRequest
})

/**
 * Has the process that holds a device mark a customer's message as read. What is lost on the way is a refusal, so that
 * the caller asks again: that does no harm.
 */
export async function markReadByOwner(
  ctx: Context,
  mark: { sessionId: string; messageId: string; typing: boolean },
): Promise<{ ok: true } | Refusal> {
  const owner = (await recentDevice(ctx, mark.sessionId))?.ownerId ?? null
  if (owner === null) return unreachable('The device is not connected.')
  const request = newId()
  const all = askers(ctx)
  const ask = (): void => publishReadMark(ctx, { ...mark, owner, request })
  const answer = new Promise<string | null>((resolve) => all.set(request, { ask, answer: resolve }))
  ask()
  try {
    const problem = await within(answerMsMax, answer, 'The process that holds the device did not answer.')
    return problem === null ? { ok: true } : unreachable(problem)
  } finally {
    all.delete(request)
  }
}

function unreachable(detail: string): Refusal {
  return { ok: false, code: 'provider_unreachable', detail }
}
