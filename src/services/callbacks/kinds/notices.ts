import type { Context } from '../../../context.ts'
import {
  findSessionsByBusiness,
  mergeHealth,
  type BusinessSession,
} from '../../../db/stores/sessions/health.ts'
import { findSessions } from '../../../db/stores/sessions/read.ts'
import { markListsStale } from '../../../db/stores/templates/stale.ts'
import type { NoticeEvent } from '../../../domain/provider-notices.ts'
import type { LiveSession, Session } from '../../../domain/sessions/session.ts'
import type { NewEvent } from '../../../domain/webhooks/events.ts'
import { capped } from '../../../kit/storable.ts'
import { groupBy } from '../../../kit/group.ts'
import { idFrom } from '../../../kit/id.ts'
import { forgetSession } from '../../senders/lookup.ts'
import { forgetCached } from '../../templates/cache.ts'
import { publishEvents } from '../../webhooks/publish.ts'
import type { Receivers } from '../receivers.ts'
import type { Verified } from '../verified.ts'

/** Of a notice in the provider's words, in an event: the whole body of an event has at most 20 KB. */
const valueCharsMax = 12_000

/** A notice; `exceptAccounts` learn of it in another way. */
export type Notice = Verified<NoticeEvent> & { exceptAccounts?: ReadonlySet<string> }

/** A notice, the sessions that it may be told to, and those of them that it is about. */
interface Routed {
  notice: Notice
  /** Of the accounts that hear of it. */
  hearers: LiveSession[]
  /** Those whose health it changes. */
  subjects: LiveSession[]
}

/**
 * Applies news that are no receipts and no messages: keeps what they say of a sender's health, has changed templates
 * read again, and publishes each to the accounts that it concerns. Returns those that concern nobody.
 */
export async function applyNotices(
  ctx: Context,
  notices: readonly Notice[],
  receivers: Receivers,
): Promise<Notice[]> {
  if (notices.length === 0) return []
  const routed = await route(ctx, notices, receivers)
  await keepHealth(ctx, routed)
  await refreshTemplates(ctx, routed)
  await publishEvents(
    ctx,
    routed.flatMap((one) => announcementsOf(one)),
  )
  return routed.filter(({ hearers }) => hearers.length === 0).map(({ notice }) => notice)
}

async function route(ctx: Context, notices: readonly Notice[], receivers: Receivers): Promise<Routed[]> {
  const businesses = await findBusinesses(ctx, notices)
  const verifiers = notices.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy]))
  const owners = await findSessions(ctx.db, [...new Set(verifiers)])
  return notices.map((notice) => {
    const { senderId, businessId, phoneNumber } = notice.event
    if (senderId !== null) {
      const sessions = receivers.of(notice)
      return { notice, hearers: orOwner(sessions, notice, owners), subjects: sessions }
    }
    const members = businessId === null ? [] : (businesses.get(`${notice.provider} ${businessId}`) ?? [])
    const trusted = members.filter(
      (member) =>
        isTrusted(member, notice, owners) && notice.exceptAccounts?.has(member.session.accountId) !== true,
    )
    const hearers = orOwner(
      trusted.map(({ session }) => session),
      notice,
      owners,
    )
    return { notice, hearers, subjects: hearers.filter((session) => hasNumber(session, phoneNumber)) }
  })
}

async function findBusinesses(
  ctx: Context,
  notices: readonly Notice[],
): Promise<Map<string, BusinessSession[]>> {
  const found = new Map<string, BusinessSession[]>()
  const ofBusiness = notices.filter(({ event }) => event.senderId === null && event.businessId !== null)
  for (const [provider, some] of groupBy(ofBusiness, (one) => one.provider)) {
    const ids = new Set(some.flatMap(({ event }) => event.businessId ?? []))
    const members = await findSessionsByBusiness(ctx.db, provider, [...ids])
    for (const [id, sessions] of groupBy(members, ({ businessId }) => businessId)) {
      found.set(`${provider} ${id}`, sessions)
    }
  }
  return found
}

/**
 * The operator's secret does not keep tenants apart, so then a session must be verified, and its business too. A
 * session's own secret speaks for its account.
 */
function isTrusted(
  { session, isVerified }: BusinessSession,
  { verifiedBy }: Notice,
  owners: Map<string, Session>,
): boolean {
  return verifiedBy === null
    ? isVerified && session.verifiedAt !== null
    : session.accountId === owners.get(verifiedBy)?.accountId
}

/** A notice that a session's own secret verified belongs to that session when no other fits. */
function orOwner(
  sessions: LiveSession[],
  { verifiedBy, exceptAccounts }: Notice,
  owners: Map<string, Session>,
): LiveSession[] {
  const owner = verifiedBy === null ? undefined : owners.get(verifiedBy)
  if (sessions.length > 0 || owner === undefined || owner.state === 'removed') return sessions
  return exceptAccounts?.has(owner.accountId) === true ? sessions : [owner]
}

/** News of a number concern that number alone; news of none, every number of the business. */
function hasNumber({ displayPhoneNumber }: LiveSession, phoneNumber: string | null): boolean {
  return phoneNumber === null || displayPhoneNumber?.replaceAll(/\D/g, '') === phoneNumber
}

async function keepHealth(ctx: Context, routed: readonly Routed[]): Promise<void> {
  const news = routed.flatMap(({ notice, subjects }) => {
    const health = healthOf(notice)
    return health === null ? [] : subjects.map((session) => ({ session, health }))
  })
  if (news.length === 0) return
  await mergeHealth(
    ctx.db,
    news.map(({ session, health }) => ({ sessionId: session.id, health })),
  )
  for (const { session } of news) forgetSession(ctx, session)
}

/** News without a time happened when they came. */
function healthOf({ event, receivedAt }: Notice): NoticeEvent['health'] {
  if (event.health === null || event.at !== null) return event.health
  const at = receivedAt.toISOString()
  return Object.assign(
    {},
    ...Object.entries(event.health).map(([aspect, facts]) => ({ [aspect]: { ...facts, at } })),
  )
}

/** Templates are told of with what changed, and without what they are now: the list is to be read again. */
async function refreshTemplates(ctx: Context, routed: readonly Routed[]): Promise<void> {
  const owners = routed.flatMap(({ notice, hearers }) => {
    const { template, businessId } = notice.event
    return template === null || businessId === null
      ? []
      : hearers.map(({ accountId }) => ({ accountId, businessAccountId: businessId }))
  })
  if (owners.length === 0) return
  await markListsStale(ctx.db, owners)
  for (const owner of owners) forgetCached(ctx, owner)
}

/** One event for each sender whose health changes; else one for each account. */
function announcementsOf({ notice, hearers, subjects }: Routed): NewEvent[] {
  const health = healthOf(notice)
  if (health !== null && subjects.length > 0) {
    return subjects.map((session) => healthNews(notice, session, health))
  }
  return [...groupBy(hearers, ({ accountId }) => accountId).values()].map((sessions) =>
    accountNews(notice, sessions),
  )
}

/** The facts that every announcement of a notice has. */
function factsOf(notice: Notice) {
  const { event } = notice
  const { value, truncated } = capped(event.value, valueCharsMax)
  return { field: event.field, value, valueTruncated: truncated, at: timeOf(notice).toISOString() }
}

function timeOf({ event, receivedAt }: Notice): Date {
  return event.at === null ? receivedAt : new Date(event.at)
}

/** The provider repeats its callbacks, and we apply them again: the same news have the same id. */
function idOf(notice: Notice, accountId: string, sessionId: string | null, place: string): string {
  const { event, provider } = notice
  const seed = [provider, accountId, sessionId, place, event.field, event.at, event.businessId, event.value]
  return idFrom(timeOf(notice), JSON.stringify(seed))
}

function healthNews(
  notice: Notice,
  session: LiveSession,
  health: NonNullable<NoticeEvent['health']>,
): NewEvent {
  const { id: sessionId, accountId, name, provider } = session
  return {
    id: idOf(notice, accountId, sessionId, 'health'),
    accountId,
    sessionId,
    at: timeOf(notice),
    type: 'session.health_updated',
    data: { session: sessionId, name, provider, event: notice.event.event, health, ...factsOf(notice) },
  }
}

function accountNews(notice: Notice, sessions: readonly LiveSession[]): NewEvent {
  const [first] = sessions
  const sessionId = sessions.length === 1 && first !== undefined ? first.id : null
  const accountId = first?.accountId ?? ''
  const { event, provider } = notice
  const { template, businessId } = event
  if (template !== null && businessId !== null) {
    return {
      id: idOf(notice, accountId, null, 'template'),
      accountId,
      at: timeOf(notice),
      type: 'template.updated',
      orderKey: `${template.name} ${template.language}`,
      data: { businessAccountId: businessId, ...template, ...factsOf(notice) },
    }
  }
  return {
    id: idOf(notice, accountId, sessionId, 'notification'),
    accountId,
    sessionId,
    at: timeOf(notice),
    type: 'provider.notification',
    data: {
      session: sessionId,
      provider,
      businessAccountId: businessId,
      event: event.event,
      ...factsOf(notice),
    },
  }
}
