import { perContext, type Context } from '../../context.ts'
import {
  findLastInbound,
  findLastInbounds,
  hasInbound,
  type Conversation,
} from '../../db/stores/contacts/windows.ts'
import { listSessions } from '../../db/stores/sessions/read.ts'
import type { NewMessage } from '../../db/stores/messages/accept.ts'
import { addressFrom } from '../../domain/messages/address.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import { candidatesOf } from '../../domain/contacts/person.ts'
import { windowAt, type ContactWindow } from '../../domain/contacts/window.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { createCache } from '../../kit/cache.ts'
import { findAddress } from './address.ts'
import { findAccountSession } from '../senders/lookup.ts'
import { traitsOf } from '../senders/providers.ts'

// The front door of the room: the 24 hours in which a customer may be answered freely. The others: `list` is everybody that
// an account exchanged messages with, `address` reads an address, `aliases` joins the addresses of one person, `preferences` keeps which messages a
// customer allows, and `warnings` tells an app of both before a send.

/**
 * Whether an account may write freely to a customer, through any of its senders or the one named (by id or name).
 * Throws `validation_failed` for an address that is none, and `session_not_found`.
 */
export async function readWindow(
  ctx: Context,
  accountId: string,
  { address: written, session: named }: { address: string; session: string | null },
): Promise<ContactWindow & { address: string }> {
  const address = await findAddress(ctx, accountId, written)
  if (address === null) {
    throw invalidRequest([
      {
        path: 'address',
        message: 'must be a phone number in E.164 form, such as 14155552671, or a business-scoped user id',
      },
    ])
  }
  const session = named === null ? null : await findAccountSession(ctx, accountId, named)
  const at = await findLastInbound(ctx.db, {
    accountId,
    addresses: candidatesOf(address.value),
    sessionId: session?.id ?? null,
  })
  return { address: address.value, ...windowAt(at, ctx.clock.now()) }
}

/** How long another process may not know that an account has its first inbound message. */
const trustMs = 10_000

/**
 * Whether an account has any inbound messages, those of playgrounds aside. Those without, and those whose callbacks do not reach us, are spared
 * both the lookups and warnings that would be guesses.
 */
const accountsWithInbound = perContext((ctx: Context) =>
  createCache<boolean>({
    ttlMs: trustMs,
    entriesMax: 10_000,
    async load(accountId) {
      const sessions = await listSessions(ctx.db, accountId)
      const playgrounds = sessions.filter((session) => traitsOf(ctx, session).isPlayground)
      return hasInbound(
        ctx.db,
        accountId,
        playgrounds.map(({ id }) => id),
      )
    },
  }),
)

/** To be called when inbound messages were stored for these accounts. */
export function forgetInboundCache(ctx: Context, accountIds: Iterable<string>): void {
  for (const accountId of accountIds) accountsWithInbound(ctx).forget(accountId)
}

/** Sends that come together share one lookup. */
const lookups = perContext((ctx: Context) =>
  createBatcher<Conversation, Date | null>({
    itemsMax: 512,
    lanes: 2,
    waitingMax: Infinity,
    async run(conversations) {
      const times = await findLastInbounds(ctx.db, conversations)
      return times.map((value) => ({ status: 'fulfilled', value }))
    },
  }),
)

/**
 * A warning for the sender of a message, before WhatsApp refuses it: that it is free-form and the customer's
 * window will not be open when it goes out. Null when there is nothing to warn of, or nothing is known.
 */
export async function windowWarning(
  ctx: Context,
  { message, session }: { message: NewMessage; session: LiveSession },
): Promise<string | null> {
  const { accountId, sessionId, address, content, dueAt } = message
  if (content.type === 'template' || addressFrom(address).kind === 'group') return null
  try {
    if (!traitsOf(ctx, session).hasCustomerWindow || !(await accountsWithInbound(ctx).get(accountId)))
      return null
    const lastInboundAt = await lookups(ctx).add({
      accountId,
      addresses: candidatesOf(address),
      sessionId,
    })
    return windowAt(lastInboundAt, dueAt).open ? null : warningOf(lastInboundAt)
  } catch (error) {
    // Advice is not worth a refusal; if the database is away, writing the message will say so.
    ctx.log.debug({ err: error }, 'a customer’s window could not be looked up')
    return null
  }
}

function warningOf(lastInboundAt: Date | null): string {
  const why =
    lastInboundAt === null
      ? 'This customer has not written to this sender'
      : `This customer last wrote to this sender at ${lastInboundAt.toISOString()}`
  return (
    `${why}, and WhatsApp takes free-form messages only within 24 hours of the customer’s last message: ` +
    'it will probably fail with outside_window. Send a template instead.'
  )
}
