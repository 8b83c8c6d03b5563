import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../../context.ts'
import type { Caller } from '../../../../domain/accounts/account.ts'
import { planNamed } from '../../../../domain/accounts/plan.ts'
import { AppError } from '../../../../domain/app-error.ts'
import type { MessageContent } from '../../../../domain/messages/content.ts'
import { timeOfId } from '../../../../kit/id.ts'
import { acceptMessage } from '../../../../services/messages/accept.ts'
import { traitsOf } from '../../../../services/senders/providers.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { idempotencyOf, markReplayed } from '../../../http/idempotency.ts'
import { surfaceName } from '../names.ts'
import { findOwn, listOwn, type OwnSession } from '../sessions/own.ts'
import { presentAccepted, recipientOf, type MessageView } from './schema.ts'

/** A message as a client of this API asks for it. `content` is made for the session that sends it. */
export interface Wanted {
  to: string
  type: string
  sessionId: string | undefined
  content(session: OwnSession, caller: Caller): MessageContent | Promise<MessageContent>
}

/**
 * Accepts a message within the plan's messages a day. Throws what accepting does, `credentials_missing` when no session
 * is connected, `session_not_found`, `session_not_linked` and `rate_limited`.
 */
export async function sendMessage(
  ctx: Context,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { to, type, sessionId, content }: Wanted,
): Promise<MessageView> {
  const caller = callerOf(request)
  const toPhone = recipientOf(to) ?? to
  const { plan } = caller.account
  const { accepted, replayed } = await acceptMessage(
    ctx,
    caller,
    async () => {
      const own = await chooseSession(ctx, caller, sessionId)
      return { ...plain, to: toPhone, content: await content(own, caller), session: own.session.id }
    },
    idempotencyOf(request),
    { counter: surfaceName, messagesMax: planNamed(plan).messagesPerDay, setBy: `The ${plan} plan` },
  )
  markReplayed(reply, replayed)
  return presentAccepted({ id: accepted.id, acceptedAt: timeOfId(accepted.id), toPhone, type })
}

/** The parts of a request that a client of this API cannot name. */
const plain = {
  sendAt: null,
  ttlSeconds: null,
  priority: 'normal',
  metadata: null,
  dryRun: false,
  replyTo: null,
} as const

/**
 * The session that is named, which must be connected; else the newest that is. A live key's message goes through a
 * sandbox only by its name: nobody would get it.
 */
async function chooseSession(ctx: Context, caller: Caller, named: string | undefined): Promise<OwnSession> {
  if (named !== undefined) return assertConnected(await findOwn(ctx, caller, named))
  const mayPlay = caller.key.mode === 'test'
  const found = (await listOwn(ctx, caller)).find(
    ({ session, status }) => status === 'connected' && (mayPlay || !traitsOf(ctx, session).isPlayground),
  )
  if (found !== undefined) return found
  throw new AppError('credentials_missing', 'No session is connected.')
}

function assertConnected(own: OwnSession): OwnSession {
  if (own.status === 'connected') return own
  throw new AppError('session_not_linked', `Session is not connected (status: ${own.status})`)
}
