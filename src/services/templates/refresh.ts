import { perContext, type Context } from '../../context.ts'
import {
  findTemplateList,
  saveTemplates,
  type TemplateChange,
  type TemplateListState,
  type TemplateOwner,
} from '../../db/stores/templates/templates.ts'
import { AppError } from '../../domain/app-error.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import { after } from '../../kit/clock.ts'
import type { Refusal } from '../../providers/contract.ts'
import { publishEventsSoon } from '../webhooks/publish.ts'
import type { Sender } from '../senders/lookup.ts'
import { forgetCached } from './cache.ts'

/** How long a list is served without asking the provider again. */
const freshMs = 5 * 60_000
/** How long a provider that refused is left alone while there is a list to serve. */
const refusedMs = 15_000
/** Of a refresh, all its pages together, in time limits of one request. */
const refreshTimeouts = 4

/** The business behind a sender, and who may ask about it. */
export interface TemplateSource extends TemplateOwner {
  sender: Sender
}

/** The business behind a sender; null when its provider has no templates, or the settings do not name the business. */
export function sourceOf(sender: Sender): TemplateSource | null {
  const businessAccountId = sender.channel.templates?.businessAccountId ?? null
  return businessAccountId === null
    ? null
    : { accountId: sender.session.accountId, businessAccountId, sender }
}

/** How the list that is served stands. `stale`: it may not be what the provider has now. */
export interface ListFreshness {
  fetchedAt: Date
  stale: boolean
}

/**
 * Sees to it that the list of a business's templates is young, reading it from the provider where it is not. When
 * the provider cannot be asked, what is known is served as stale. Throws `provider_unreachable` and
 * `credentials_rejected` when nothing is.
 */
export async function freshList(ctx: Context, source: TemplateSource): Promise<ListFreshness> {
  const known = await findTemplateList(ctx.db, source)
  if (known !== null && isFresh(ctx, known)) return { fetchedAt: known.fetchedAt, stale: false }
  const recent = known === null ? undefined : refusals(ctx).get(keyOf(source), ctx.clock.now())
  const refusal = recent ?? (await refreshTemplates(ctx, source))
  if (refusal === null) {
    const fresh = await findTemplateList(ctx.db, source)
    if (fresh !== null) return { fetchedAt: fresh.fetchedAt, stale: isReportedStale(fresh) }
  }
  if (known !== null) return { fetchedAt: known.fetchedAt, stale: true }
  throw unreadable(refusal, source.sender.provider.traits.label)
}

/** Whether a list may be served as it is. */
export function isFresh(ctx: Context, list: TemplateListState): boolean {
  return !isReportedStale(list) && ctx.clock.now().getTime() - list.fetchedAt.getTime() < freshMs
}

/** True when the provider reported a change since the list was read. */
export function isReportedStale({ fetchedAt, toldAt }: TemplateListState): boolean {
  return toldAt !== null && toldAt > fetchedAt
}

function unreadable(refusal: Refusal | null, label: string): AppError {
  const detail = refusal?.detail ?? 'the list vanished'
  if (refusal === null || isPassing.has(refusal.code)) {
    return new AppError('provider_unreachable', `The templates could not be read from ${label}: ${detail}`, {
      retryAfterSeconds: 10,
    })
  }
  return new AppError(
    'credentials_rejected',
    `${label} does not let these credentials read the templates: ${detail}.`,
    { remedy: { do: 'check_business_account' } },
  )
}

/** Reasons that go away by themselves. */
const isPassing = new Set<Refusal['code']>([
  'provider_unreachable',
  'provider_unavailable',
  'provider_ambiguous',
  'connection_failed',
  'throttled',
])

/** Reads a list in the background, unless the provider refused a moment ago. */
export function refreshSoon(ctx: Context, source: TemplateSource): void {
  const refusedLately = refusals(ctx).get(keyOf(source), ctx.clock.now()) !== undefined
  if (refusedLately || ctx.stopping.aborted) return
  ctx.tasks.track(refreshTemplates(ctx, source))
}

const keyOf = ({ accountId, businessAccountId }: TemplateOwner) => `${accountId} ${businessAccountId}`

const underWay = perContext(() => new Map<string, Promise<Refusal | null>>())

/** Reads the list from the provider, once at a time: callers that ask meanwhile get the same answer. */
export function refreshTemplates(ctx: Context, source: TemplateSource): Promise<Refusal | null> {
  const key = keyOf(source)
  const running = underWay(ctx).get(key)
  if (running !== undefined) return running
  const fresh = readList(ctx, source).finally(() => underWay(ctx).delete(key))
  underWay(ctx).set(key, fresh)
  return fresh
}

async function readList(ctx: Context, source: TemplateSource): Promise<Refusal | null> {
  const { templates } = source.sender.channel
  const fetchedAt = ctx.clock.now()
  const timeLimit = AbortSignal.timeout(refreshTimeouts * ctx.config.send.timeoutMs)
  const answer = await templates?.list(AbortSignal.any([timeLimit, ctx.outOfTime]))
  if (answer === undefined) return null
  if (!answer.ok) {
    refusals(ctx).set(keyOf(source), answer, after(ctx.clock.now(), refusedMs))
    ctx.log.info(
      { accountId: source.accountId, code: answer.code },
      `templates could not be read: ${answer.detail}`,
    )
    return answer
  }
  const { ok: _, ...read } = answer
  publishChanges(ctx, await saveTemplates(ctx.db, source, { fetchedAt, ...read }))
  forgetCached(ctx, source)
  return null
}

/**
 * Logs and publishes changes of templates' statuses after they were written, by a reading here or by a callback, of
 * which `wordsOfChange` has what it said.
 */
export function publishChanges(
  ctx: Context,
  changes: readonly TemplateChange[],
  wordsOfChange: (change: TemplateChange) => TemplateWords = () => withoutWords,
): void {
  for (const change of changes) ctx.log.info({ ...change }, 'the status of a template changed')
  publishEventsSoon(
    ctx,
    changes.map((change) => eventOf(change, wordsOfChange(change))),
  )
}

/** The provider's words beside the status; nulls where a reading of the list found the change. */
export interface TemplateWords {
  description: string | null
  recommendation: string | null
  /** All that it said, as it came; null where that is too large. */
  provider: unknown
}

const withoutWords: TemplateWords = { description: null, recommendation: null, provider: null }

function eventOf({ accountId, was, is, ...facts }: TemplateChange, words: TemplateWords): NewEvent {
  return {
    accountId,
    type: 'template.status_updated',
    orderKey: `${facts.name} ${facts.language}`,
    data: { ...facts, status: is, previousStatus: was, ...words },
  }
}

/** Recent refusals of providers. Bounded: the oldest is forgotten first. */
const refusals = perContext(() => {
  const entries = new Map<string, { refusal: Refusal; until: Date }>()
  const entriesMax = 1_000
  return {
    get(key: string, now: Date): Refusal | undefined {
      const entry = entries.get(key)
      return entry !== undefined && entry.until > now ? entry.refusal : undefined
    },
    set(key: string, refusal: Refusal, until: Date): void {
      entries.delete(key)
      entries.set(key, { refusal, until })
      const [oldest] = entries.keys()
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest)
    },
  }
})
