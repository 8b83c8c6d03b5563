import { perContext, type Context } from '../../context.ts'
import { readStates } from '../../db/stores/messages/states.ts'
import { writeTransitions, type AttemptRecord, type Transition } from '../../db/stores/messages/transition.ts'
import { transition, type Change, type TimelineRow } from '../../domain/messages/transition.ts'
import { refundOf } from '../../domain/billing/credits.ts'
import type { MessageState } from '../../domain/messages/message.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { togetherOrEach } from '../../kit/concurrency/together-or-each.ts'
import { groupBy } from '../../kit/group.ts'
import { tooFewCredits } from '../billing/credits.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import { countTransitions } from '../telemetry/metrics.ts'
import { untilStored } from '../common/until-stored.ts'

/** Something that happened to a message. `known` is its state as the reporter last saw it. */
export interface Report {
  id: string
  change: Change
  known?: MessageState
  attempt?: AttemptRecord
  /** Credits that the message costs from here on, but for what was taken for it already. */
  price?: number
}

/** A message that changes meanwhile this often is being changed by another process. */
const roundsMax = 20

/**
 * Applies reports to their messages, several to one message in the order given: computes with `transition`, writes
 * with one statement, and starts over for those that changed meanwhile. Returns the resulting states; a message
 * that does not exist is left out. A message that ends before it was ever handed over gives its credits back.
 *
 * Throws `insufficient_credits` when an account cannot pay a report's `price`; that message stays as it is.
 */
export async function transitionMessages(
  ctx: Context,
  reports: readonly Report[],
): Promise<Map<string, MessageState>> {
  const byId = groupBy(reports, (report) => report.id)
  const results = new Map<string, MessageState>()
  let open = new Set(byId.keys())
  for (let round = 0; open.size > 0; round += 1) {
    if (round === roundsMax)
      throw new Error(`${open.size} messages kept changing while their transition was written`)
    const states = await presentStates(ctx, open, round === 0 ? byId : new Map())
    const transitions = [...states.values()].map((state) => plan(ctx, state, byId.get(state.id) ?? []))
    const attempts = attemptsOf([...states.keys()].flatMap((id) => byId.get(id) ?? []))
    const worthWriting = transitions.filter(
      (transition) => transition.changed || transition.entries.length > 0,
    )
    const { done, deliveries, unpaid } =
      worthWriting.length + attempts.length === 0
        ? { done: new Set<string>(), deliveries: [], unpaid: [] }
        : await writeTransitions(ctx.db, worthWriting, attempts)
    enqueueDeliveries(ctx, deliveries)
    const late = new Set(worthWriting.map((transition) => transition.before.id).filter((id) => !done.has(id)))
    const settled = transitions.filter((transition) => !late.has(transition.before.id))
    for (const transition of settled) results.set(transition.before.id, transition.after)
    countTransitions(ctx, settled)
    const [insufficient] = unpaid
    if (insufficient !== undefined) {
      const { payment } = transitions.find((transition) => transition.before.id === insufficient.id) ?? {
        payment: 0,
      }
      throw tooFewCredits(ctx, { left: insufficient.balance, needed: -payment })
    }
    open = late
  }
  return results
}

async function presentStates(
  ctx: Context,
  ids: Set<string>,
  reports: Map<string, Report[]>,
): Promise<Map<string, MessageState>> {
  const states = new Map<string, MessageState>()
  for (const id of ids) {
    const known = reports.get(id)?.find((report) => report.known !== undefined)?.known
    if (known !== undefined) states.set(id, known)
  }
  const unknown = [...ids].filter((id) => !states.has(id))
  if (unknown.length > 0) for (const state of await readStates(ctx.db, unknown)) states.set(state.id, state)
  return states
}

function plan(ctx: Context, before: MessageState, reports: readonly Report[]): Transition {
  const entries = new Map<string, TimelineRow>()
  const newEvents: Transition['newEvents'] = []
  let state = before
  let changed = false
  for (const { change } of reports) {
    const step = transition(state, change)
    state = step.state
    changed ||= step.changed
    if (step.entry !== null) keepFirst(entries, step.entry)
    if (step.publish) {
      newEvents.push({ at: step.entry?.at ?? ctx.clock.now(), state, words: step.entry?.words ?? null })
    }
  }
  const payment = changed ? paymentOf(before, state, reports) : 0
  const after = { ...state, credits: before.credits - payment }
  return { before, after, changed, entries: [...entries.values()], payment, newEvents }
}

/** The credits that a transition gives back to the account (positive) or takes from it. */
function paymentOf(before: MessageState, after: MessageState, reports: readonly Report[]): number {
  const price = Math.max(0, ...reports.map((report) => report.price ?? 0))
  if (price > before.credits) return before.credits - price
  const handedOver = reports.some(
    ({ attempt }) => attempt !== undefined && (attempt.outcome !== 'refused' || attempt.externalId !== null),
  )
  return handedOver ? 0 : refundOf(before, after)
}

/** One record for each attempt: of several reports about it, the first. */
function attemptsOf(reports: readonly Report[]): AttemptRecord[] {
  const records = new Map<string, AttemptRecord>()
  for (const { attempt } of reports) {
    if (attempt === undefined) continue
    const key = `${attempt.messageId} ${attempt.attempt}`
    if (!records.has(key)) records.set(key, attempt)
  }
  return [...records.values()]
}

/** The same report twice in one batch is one entry. */
function keepFirst(entries: Map<string, TimelineRow>, entry: TimelineRow): void {
  const key = `${entry.status} ${entry.key}`
  const earlier = entries.get(key)
  entries.set(
    key,
    earlier === undefined
      ? entry
      : {
          ...earlier,
          providerAt: earlier.providerAt ?? entry.providerAt,
          words: earlier.words ?? entry.words ?? null,
        },
  )
}

const outcomes = perContext((ctx: Context) =>
  createBatcher<Report, MessageState | null>({
    itemsMax: 256,
    lanes: 1,
    waitingMax: Infinity,
    run: (reports) => writeOutcomes(ctx, reports),
  }),
)

/** Writes outcomes together. Holds them while the database is away, because a provider is not asked twice. */
function writeOutcomes(
  ctx: Context,
  reports: readonly Report[],
): Promise<PromiseSettledResult<MessageState | null>[]> {
  const write = async (some: readonly Report[]): Promise<(MessageState | null)[]> => {
    const states = await untilStored(ctx, () => transitionMessages(ctx, some))
    return some.map(({ id }) => states.get(id) ?? null)
  }
  return togetherOrEach(reports, write, {
    onSplit: (error) => ctx.log.error({ err: error }, 'outcomes could not be written together'),
  })
}

/**
 * `transitionMessages` for single reports of attempts, gathered into batches. What a provider answered must not be
 * lost to a database that is away for a moment, so it is held and written again until it succeeds. Bounded by
 * the number of attempts under way.
 */
export function settleMessage(ctx: Context, report: Report): Promise<MessageState | null> {
  return outcomes(ctx).add(report)
}
