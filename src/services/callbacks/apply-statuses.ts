import type { Context } from '../../context.ts'
import { readStates, readStatesByExternalId } from '../../db/stores/messages/states.ts'
import { recordedEntries } from '../../db/stores/messages/transition.ts'
import { findSessions } from '../../db/stores/sessions/read.ts'
import type { Change } from '../../domain/messages/transition.ts'
import type { MessageState } from '../../domain/messages/message.ts'
import type { StatusEvent } from '../../domain/provider-event.ts'
import { mayReport } from '../../domain/sessions/session.ts'
import { groupBy } from '../../kit/group.ts'
import { isUuid } from '../../kit/id.ts'
import type { Verified } from './apply.ts'
import { transitionMessages, type Report } from '../messages/transition.ts'

/** A receipt and the message it is about. */
interface Matched {
  event: StatusEvent
  state: MessageState
}

/** Why an attempt is known to have gone out, when no answer said so. */
const reportedByCallback = 'The provider’s callback told what became of it, before any answer did.'

/** Applies receipts to their messages; those that are about none of ours change nothing. */
export async function applyStatuses(ctx: Context, verified: Verified<StatusEvent>[]): Promise<void> {
  if (verified.length === 0) return
  const matched = await matchMessages(ctx, verified)
  if (matched.length < verified.length) {
    ctx.log.debug({ count: verified.length - matched.length }, 'receipts that belong to none of our messages')
  }
  const fresh = await withoutRecordedFailures(ctx, matched)
  await transitionMessages(
    ctx,
    fresh.map(({ event, state }) => reportFor(ctx, event, state)),
  )
}

/** Our own id first, which the provider carried along; else the provider's. */
async function matchMessages(ctx: Context, verified: Verified<StatusEvent>[]): Promise<Matched[]> {
  const ids = verified.flatMap(({ event }) =>
    event.correlationId !== null && isUuid(event.correlationId) ? [event.correlationId] : [],
  )
  const byId = new Map((await readStates(ctx.db, [...new Set(ids)])).map((state) => [state.id, state]))
  const others = verified.filter(({ event }) => !byId.has(event.correlationId ?? ''))
  const externalIds = [...new Set(others.map(({ event }) => event.externalId))]
  const byExternalId = groupBy(
    externalIds.length === 0 ? [] : await readStatesByExternalId(ctx.db, externalIds),
    (state) => state.externalId,
  )
  // Several may have the same provider's id, if somebody says so who may not: each is judged by itself.
  const found = verified.flatMap((one) => {
    const own = byId.get(one.event.correlationId ?? '')
    const states = own === undefined ? (byExternalId.get(one.event.externalId) ?? []) : [own]
    return states.map((state) => ({ ...one, state }))
  })
  const sessionIds = found.flatMap(({ state, verifiedBy }) => [
    state.sessionId,
    ...(verifiedBy === null ? [] : [verifiedBy]),
  ])
  const sessions = await findSessions(ctx.db, [...new Set(sessionIds)])
  return found.filter(({ event, state, verifiedBy }) =>
    mayReport({
      sender: sessions.get(state.sessionId),
      verifiedBy: verifiedBy === null ? null : sessions.get(verifiedBy),
      senderId: event.senderId,
    }),
  )
}

/**
 * A failure that was reported before may be about an attempt that a retry has left behind: it must not fail the
 * message again.
 */
async function withoutRecordedFailures(ctx: Context, matched: Matched[]): Promise<Matched[]> {
  const failures = matched.filter(({ event }) => event.status === 'failed')
  const known = await recordedEntries(
    ctx.db,
    failures.map(({ event, state }) => ({
      messageId: state.id,
      status: event.status,
      key: event.externalId,
    })),
  )
  return matched.filter(({ event, state }) => !known.has(`${state.id} ${event.status} ${event.externalId}`))
}

function reportFor(ctx: Context, event: StatusEvent, state: MessageState): Report {
  const at = ctx.clock.now()
  const change = changeFor(event, at)
  // The worker of an attempt under way may be gone, so the callback's report of the attempt is recorded as well.
  if (state.status !== 'processing') return { id: state.id, known: state, change }
  return {
    id: state.id,
    known: state,
    change,
    attempt: {
      messageId: state.id,
      attempt: state.attempt,
      startedAt: state.unknownAt ?? at,
      endedAt: at,
      outcome: event.status === 'failed' ? 'refused' : 'accepted',
      code: event.error?.code ?? null,
      detail: event.error?.detail ?? reportedByCallback,
      externalId: event.externalId,
      provider: event.error?.provider ?? null,
    },
  }
}

function changeFor(event: StatusEvent, at: Date): Change {
  const reported = { at, providerAt: new Date(event.at), externalId: event.externalId }
  if (event.status === 'failed') {
    return {
      ...reported,
      to: 'failed',
      code: event.error?.code ?? 'provider_ambiguous',
      message: event.error?.detail ?? 'The provider says that the message failed, and not why.',
    }
  }
  return { ...reported, to: event.status, ...(event.detail !== null && { detail: event.detail }) }
}
