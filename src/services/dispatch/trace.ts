import type { Context } from '../../context.ts'
import type { ClaimedMessage } from '../../domain/messages/message.ts'
import type { SendOutcome } from '../../providers/contract.ts'

/** Gives an attempt to hand a message over its place in the trace, where there are traces. */
export async function traceSend(
  ctx: Context,
  { message, provider }: { message: ClaimedMessage; provider: string },
  send: () => Promise<SendOutcome>,
): Promise<SendOutcome> {
  if (ctx.tracing === null) return send()
  const span = ctx.tracing.start({
    name: `send ${provider}`,
    kind: 'client',
    attributes: {
      'hermod.message_id': message.id,
      'hermod.attempt': message.attempt,
      'hermod.lane': message.lane,
    },
  })
  const outcome = await span.run(send)
  const code = outcome.outcome === 'refused' ? outcome.code : outcome.outcome
  span.end({
    attributes: { 'hermod.outcome': code },
    ...(outcome.outcome !== 'accepted' && { problem: code }),
  })
  return outcome
}
