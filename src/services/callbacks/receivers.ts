import type { Context } from '../../context.ts'
import type { HeldCallback } from '../../db/stores/callbacks/held.ts'
import { findSessions, findSessionsBySender } from '../../db/stores/sessions/read.ts'
import type { LiveSession, Session } from '../../domain/sessions/session.ts'
import { groupBy } from '../../kit/group.ts'
import type { Verified } from './verified.ts'

/** An event that is about one sender. */
type Addressed = Verified<{ senderId: string | null }>

/** The sessions that events about senders belong to. */
export interface Receivers {
  of(one: Addressed): LiveSession[]
  /** Callbacks with an event for a sender that a session claims, and none has proven to be its own. */
  held: HeldCallback[]
}

/**
 * Finds the sessions that events belong to. A number belongs to the account that verified it: the operator's secret
 * does not keep tenants apart, so only verified sessions receive. One session's own secret can only speak for that
 * session's account.
 */
export async function findReceivers(ctx: Context, events: readonly Addressed[]): Promise<Receivers> {
  if (events.length === 0) return { of: () => [], held: [] }
  const claims = await findClaims(ctx, events)
  const verifiers = events.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy]))
  const owners = await findSessions(ctx.db, [...new Set(verifiers)])
  const claimsOf = ({ event, provider }: Addressed) =>
    event.senderId === null ? [] : (claims.get(`${provider} ${event.senderId}`) ?? [])
  return {
    of: (one) =>
      isScheduled(ctx, one)
        ? livingOf(owners.get(one.verifiedBy ?? ''))
        : claimsOf(one).filter((session) => receives(session, one, owners)),
    held: heldOf(events.filter((one) => isClaimedOnly(one, claimsOf(one)))),
  }
}

/** True for an event that a provider without callbacks scheduled itself: it is for the session that scheduled it. */
function isScheduled(ctx: Context, { provider, event, verifiedBy }: Addressed): boolean {
  return (
    event.senderId === null && verifiedBy !== null && ctx.providers.get(provider)?.callbacks === undefined
  )
}

function livingOf(session: Session | undefined): LiveSession[] {
  return session === undefined || session.state === 'removed' ? [] : [session]
}

async function findClaims(ctx: Context, events: readonly Addressed[]): Promise<Map<string, LiveSession[]>> {
  const claims = new Map<string, LiveSession[]>()
  for (const [provider, some] of groupBy(events, (one) => one.provider)) {
    const ids = some.flatMap(({ event }) => (event.senderId === null ? [] : [event.senderId]))
    const sessions = ids.length === 0 ? [] : await findSessionsBySender(ctx.db, provider, [...new Set(ids)])
    for (const [senderId, found] of groupBy(sessions, (session) => session.senderId)) {
      claims.set(`${provider} ${senderId}`, found)
    }
  }
  return claims
}

function receives(session: LiveSession, { verifiedBy }: Addressed, owners: Map<string, Session>): boolean {
  return verifiedBy === null
    ? session.verifiedAt !== null
    : session.accountId === owners.get(verifiedBy)?.accountId
}

function isClaimedOnly({ verifiedBy }: Addressed, claims: readonly LiveSession[]): boolean {
  return verifiedBy === null && claims.length > 0 && claims.every(({ verifiedAt }) => verifiedAt === null)
}

/** One row for each callback and sender, whatever the number of events. */
function heldOf(events: readonly Addressed[]): HeldCallback[] {
  const held = new Map<string, HeldCallback>()
  for (const { callbackId, provider, event } of events) {
    if (event.senderId !== null) {
      held.set(`${callbackId} ${event.senderId}`, { callbackId, provider, senderId: event.senderId })
    }
  }
  return [...held.values()]
}
