import type { Context } from '../../../context.ts'
import { findSessions } from '../../../db/stores/sessions/read.ts'
import {
  applyTemplateUpdates,
  findUnreadBusinesses,
  type TemplateChange,
  type TemplateOwner,
  type TemplateUpdate,
  type UnreadBusiness,
} from '../../../db/stores/templates/templates.ts'
import type { TemplateEvent } from '../../../domain/provider-event.ts'
import { statusAfterEvent } from '../../../domain/templates/check.ts'
import { after } from '../../../kit/clock.ts'
import { groupBy } from '../../../kit/group.ts'
import type { Notice } from './notices.ts'
import type { Verified } from '../verified.ts'
import { loadSender } from '../../senders/lookup.ts'
import { forgetCached } from '../../templates/cache.ts'
import { publishChanges, refreshTemplates, sourceOf, type TemplateWords } from '../../templates/refresh.ts'

/** An update and what the provider said with it. */
type ReportedUpdate = TemplateUpdate & { words: TemplateWords }

/** Accounts whose first reading one set of updates may cause. */
const firstReadingsMax = 50

/**
 * Applies a provider's updates of templates: their status at once, and that the list is to be read again. Updates that
 * the operator's secret verified are for every account that has read the business's list, which its own token let it
 * do; those that one session's secret verified are for that session's account alone. An account that has the business
 * and never read its list does that now, and its endpoints are sent the event then. Returns the updates for the other
 * accounts: for those they are reports about a business like any other.
 */
export async function applyTemplates(ctx: Context, verified: Verified<TemplateEvent>[]): Promise<HandedOn[]> {
  if (verified.length === 0) return []
  const verifiers = new Set(verified.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy])))
  const owners = await findSessions(ctx.db, [...verifiers])
  const now = ctx.clock.now()
  const updates = verified.flatMap(({ event, verifiedBy }): ReportedUpdate[] => {
    const owner = verifiedBy === null ? null : owners.get(verifiedBy)
    if (event.accountId === null || owner === undefined) return []
    return [updateOf(event, event.accountId, owner?.accountId ?? null, now)]
  })
  if (updates.length === 0) return verified.map((one) => ({ one, knownTo: new Set() }))
  const reported = newest(updates)
  const unread = await findUnreadBusinesses(ctx.db, reported, firstReadingsMax)
  const readers = await applyAndPublish(ctx, reported)
  for (const one of unread) ctx.tasks.track(readAndPublish(ctx, one, reported))
  const known = groupBy([...readers, ...unread], ({ businessAccountId }) => businessAccountId)
  return verified.map((one) => ({
    one,
    knownTo: new Set((known.get(one.event.accountId ?? '') ?? []).map(({ accountId }) => accountId)),
  }))
}

/** An update, and the accounts that learn of it from their list of templates. */
export interface HandedOn {
  one: Verified<TemplateEvent>
  knownTo: ReadonlySet<string>
}

/** An update of a template as a report about its business, for accounts that have no list to learn it from. */
export function templateNotice({
  one: {
    event: { accountId, ...event },
    ...one
  },
  knownTo,
}: HandedOn): Notice {
  return {
    ...one,
    exceptAccounts: knownTo,
    event: {
      kind: 'notice',
      field: event.field,
      event: event.event,
      senderId: null,
      businessId: accountId,
      phoneNumber: null,
      health: null,
      template: null,
      value: event.raw,
      at: event.at,
    },
  }
}

/** Returns whose lists the updates concern. */
async function applyAndPublish(ctx: Context, updates: readonly ReportedUpdate[]): Promise<TemplateOwner[]> {
  const { changes, owners } = await applyTemplateUpdates(ctx.db, updates, ctx.clock.now())
  for (const owner of owners) forgetCached(ctx, owner)
  publishChanges(ctx, changes, (change) => wordsOfChange(updates, change))
  return owners
}

/** The account's own token proves that the business is its own. */
async function readAndPublish(
  ctx: Context,
  unread: UnreadBusiness,
  updates: readonly ReportedUpdate[],
): Promise<void> {
  const { accountId, businessAccountId, sessionId } = unread
  try {
    const sender = await loadSender(ctx, sessionId)
    const source = sender === null ? null : sourceOf(sender)
    if (source === null || (await refreshTemplates(ctx, source)) !== null) return
    const own = updates.filter(
      (one) =>
        one.businessAccountId === businessAccountId &&
        (one.accountId === null || one.accountId === accountId),
    )
    await applyAndPublish(
      ctx,
      own.map((one) => ({ ...one, accountId })),
    )
  } catch (error) {
    ctx.log.warn({ err: error, sessionId }, 'a change of a template could not be published')
  }
}

/** The words of the update that made a change. */
function wordsOfChange(updates: readonly ReportedUpdate[], change: TemplateChange): TemplateWords {
  const found = updates.find(
    (one) =>
      one.businessAccountId === change.businessAccountId &&
      (one.accountId === null || one.accountId === change.accountId) &&
      one.name === change.name &&
      one.language === change.language,
  )
  return found?.words ?? { description: null, recommendation: null, provider: null }
}

/** More than Meta has ever reported of a template. */
const wordsBytesMax = 8_192
const sentenceMax = 1_000

function updateOf(
  { event, at, raw, description, recommendation, ...rest }: TemplateEvent,
  businessAccountId: string,
  accountId: string | null,
  now: Date,
): ReportedUpdate {
  // Meta's times are whole seconds: an update of the same second as a reading counts as the newer one.
  const happened = at === null ? now : after(new Date(at), 999)
  return {
    businessAccountId,
    accountId,
    name: rest.name,
    language: rest.language,
    status: statusAfterEvent(event.toUpperCase()),
    reason: rest.reason,
    category: rest.category,
    // An update with a time in the future would make everything after it look old.
    at: happened < now ? happened : now,
    words: {
      description: description?.slice(0, sentenceMax) ?? null,
      recommendation: recommendation?.slice(0, sentenceMax) ?? null,
      provider: Buffer.byteLength(JSON.stringify(raw) ?? '') <= wordsBytesMax ? raw : null,
    },
  }
}

/** The last of several updates of one template. They come in any order. */
function newest(updates: ReportedUpdate[]): ReportedUpdate[] {
  const byTemplate = new Map<string, ReportedUpdate>()
  for (const one of updates.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const key = [one.businessAccountId, one.accountId, one.name, one.language].join(' ')
    const before = byTemplate.get(key)
    // An update of another kind says nothing about the status: the one that is known stays.
    byTemplate.set(key, one.status === null && before !== undefined ? before : one)
  }
  return [...byTemplate.values()]
}
