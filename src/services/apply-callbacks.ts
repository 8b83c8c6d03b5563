import { perContext, type Context } from '../context.ts'
import { markApplied, markUnapplied, type ArchivedCallback } from '../db/stores/callbacks.ts'
import {
  insertInbound,
  readStates,
  readStatesByExternalId,
  type InboundMessage,
} from '../db/stores/messages.ts'
import { knownEntries } from '../db/stores/moves.ts'
import { findSession, findSessionsBySender } from '../db/stores/sessions.ts'
import type { Change } from '../domain/advance.ts'
import type { MessageState } from '../domain/message.ts'
import {
  providerEvent,
  type InboundEvent,
  type ProviderEvent,
  type StatusEvent,
} from '../domain/provider-event.ts'
import type { Session } from '../domain/session.ts'
import { createCache } from '../kit/cache.ts'
import { isUuid, newId } from '../kit/id.ts'
import { moveMessages, type Report } from './move-messages.ts'

/** An event and whose it may be. */
interface Scoped<Event> {
  event: Event
  /** Whether the event may touch this message. */
  allows(state: MessageState): boolean
  /** The senders that it may be about. */
  sessions: Session[]
}

/**
 * Reads archived callbacks and applies what they say, all of them as one set. Applying twice changes nothing.
 * Never throws for what a callback holds: one that cannot be applied is kept for another try.
 */
export async function applyCallbacks(ctx: Context, callbacks: ArchivedCallback[]): Promise<void> {
  if (callbacks.length === 0) return
  try {
    await applyTogether(ctx, callbacks)
  } catch (error) {
    if (callbacks.length === 1) return keepForLater(ctx, callbacks, error)
    // One of them spoils the set: each alone, then.
    for (const callback of callbacks) await applyCallbacks(ctx, [callback])
  }
}

async function keepForLater(ctx: Context, callbacks: ArchivedCallback[], error: unknown): Promise<void> {
  const ids = callbacks.map((callback) => callback.id)
  ctx.log.error({ err: error, callbacks: ids }, 'a callback could not be applied; it is kept')
  await markUnapplied(ctx.db, ids, error instanceof Error ? error.message : String(error))
}

async function applyTogether(ctx: Context, callbacks: ArchivedCallback[]): Promise<void> {
  const scoped = (await Promise.all(callbacks.map((callback) => scopeEvents(ctx, callback)))).flat()
  await applyStatuses(ctx, scoped.filter(isStatus))
  await storeInbound(ctx, scoped.filter(isInbound))
  await markApplied(
    ctx.db,
    callbacks.map((callback) => callback.id),
  )
}

function isStatus(scoped: Scoped<ProviderEvent>): scoped is Scoped<StatusEvent> {
  return scoped.event.kind === 'status'
}

function isInbound(scoped: Scoped<ProviderEvent>): scoped is Scoped<InboundEvent> {
  return scoped.event.kind === 'inbound'
}

const sessionsBySender = perContext((ctx: Context) =>
  createCache<Session[]>({
    ttlMs: 1_000,
    entriesMax: 10_000,
    load(key) {
      const [provider = '', senderId = ''] = key.split(' ')
      return findSessionsBySender(ctx.db, provider, [senderId])
    },
  }),
)

const sessionById = perContext((ctx: Context) =>
  createCache<Session | null>({ ttlMs: 1_000, entriesMax: 10_000, load: (id) => findSession(ctx.db, id) }),
)

/**
 * Says of each event what it may touch. What the operator's secret proved is about the senders it names; what one
 * session's own secret proved can only be about that session's account, whatever it names.
 */
async function scopeEvents(ctx: Context, callback: ArchivedCallback): Promise<Scoped<ProviderEvent>[]> {
  const owner = callback.sessionId === null ? null : await sessionById(ctx).get(callback.sessionId)
  return Promise.all(
    readEvents(ctx, callback).map(async (event) => {
      const senderId = 'senderId' in event ? event.senderId : null
      const named =
        senderId === null ? [] : await sessionsBySender(ctx).get(`${callback.provider} ${senderId}`)
      if (callback.sessionId !== null) {
        const accountId = owner?.accountId
        return {
          event,
          allows: (state: MessageState) => state.accountId === accountId,
          sessions: named.filter((session) => session.accountId === accountId),
        }
      }
      const ids = new Set(named.map((session) => session.id))
      return {
        event,
        allows: (state: MessageState) => ids.has(state.sessionId),
        // A number belongs to whoever proved it: the operator's secret does not tell tenants apart.
        sessions: named.filter((session) => session.verifiedAt !== null),
      }
    }),
  )
}

/** What a callback says: in the provider's tongue, or in ours when the provider foretold it. */
function readEvents(ctx: Context, callback: ArchivedCallback): ProviderEvent[] {
  const provider = ctx.providers.get(callback.provider)
  if (provider?.callbacks !== undefined) return provider.callbacks.parse(callback.body)
  return [providerEvent.parse(JSON.parse(callback.body.toString('utf8')))]
}

async function applyStatuses(ctx: Context, scoped: Scoped<StatusEvent>[]): Promise<void> {
  if (scoped.length === 0) return
  const states = await findMessages(ctx, scoped)
  const matched = scoped.flatMap(({ event, allows }) => {
    const state = messageOf(states, event)
    return state !== undefined && allows(state) ? [{ event, state }] : []
  })
  if (matched.length < scoped.length) {
    ctx.log.debug({ count: scoped.length - matched.length }, 'receipts that belong to none of our messages')
  }
  // A failure that was reported before may be about an attempt that a retry has left behind.
  const failures = matched.filter(({ event }) => event.status === 'failed')
  const known = await knownEntries(
    ctx.db,
    failures.map(({ event, state }) => ({
      messageId: state.id,
      status: event.status,
      key: event.externalId,
    })),
  )
  const fresh = matched.filter(
    ({ event, state }) => !known.has(`${state.id} ${event.status} ${event.externalId}`),
  )
  await moveMessages(
    ctx,
    fresh.map(({ event, state }) => reportFor(ctx, event, state)),
  )
}

interface Found {
  byId: Map<string, MessageState>
  byExternalId: Map<string, MessageState>
}

/** Our own id first, which the provider carried along; else the provider's. */
async function findMessages(ctx: Context, scoped: Scoped<StatusEvent>[]): Promise<Found> {
  const ids = new Set(
    scoped.flatMap(({ event }) =>
      event.correlationId !== null && isUuid(event.correlationId) ? [event.correlationId] : [],
    ),
  )
  const byId = new Map((await readStates(ctx.db, [...ids])).map((state) => [state.id, state]))
  const rest = scoped.filter(({ event }) => !byId.has(event.correlationId ?? ''))
  const byExternalId = new Map<string, MessageState>()
  if (rest.length > 0) {
    const externalIds = [...new Set(rest.map(({ event }) => event.externalId))]
    const sessionIds = [...new Set(rest.flatMap(({ sessions }) => sessions.map((session) => session.id)))]
    for (const state of await readStatesByExternalId(ctx.db, externalIds, sessionIds)) {
      if (state.externalId !== null) byExternalId.set(state.externalId, state)
    }
  }
  return { byId, byExternalId }
}

function messageOf(found: Found, event: StatusEvent): MessageState | undefined {
  return found.byId.get(event.correlationId ?? '') ?? found.byExternalId.get(event.externalId)
}

function reportFor(ctx: Context, event: StatusEvent, state: MessageState): Report {
  const at = ctx.clock.now()
  const change = changeFor(event, at)
  if (state.unknownAt === null) return { id: state.id, change }
  return {
    id: state.id,
    change,
    attempt: {
      messageId: state.id,
      attempt: state.attempt,
      startedAt: state.unknownAt,
      endedAt: at,
      outcome: event.status === 'failed' ? 'refused' : 'accepted',
      code: event.error?.code ?? null,
      detail: event.error?.detail ?? 'The provider gave no answer; its callback told what became of it.',
      externalId: event.externalId,
      provider: event.error?.provider ?? null,
    },
  }
}

function changeFor(event: StatusEvent, at: Date): Change {
  const told = { at, providerAt: new Date(event.at), externalId: event.externalId }
  if (event.status === 'failed') {
    return {
      ...told,
      to: 'failed',
      code: event.error?.code ?? 'provider_ambiguous',
      message: event.error?.detail ?? 'The provider says that the message failed, and not why.',
    }
  }
  return { ...told, to: event.status, ...(event.detail !== null && { detail: event.detail }) }
}

async function storeInbound(ctx: Context, scoped: Scoped<InboundEvent>[]): Promise<void> {
  const messages = scoped.flatMap(({ event, sessions }) =>
    sessions.map((session): InboundMessage => ({
      id: newId(),
      accountId: session.accountId,
      sessionId: session.id,
      externalId: event.externalId,
      address: event.from,
      content: {
        type: event.type,
        profileName: event.profileName,
        fromUserId: event.fromUserId,
        raw: event.raw,
      },
      body: event.body,
      replyTo: event.replyTo,
      at: new Date(event.at),
    })),
  )
  if (messages.length > 0) await insertInbound(ctx.db, messages)
}
