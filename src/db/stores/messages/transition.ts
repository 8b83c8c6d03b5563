import type { MessageState } from '../../../domain/messages/message.ts'
import type { ProviderWords } from '../../../domain/provider-words.ts'
import type { Status } from '../../../domain/messages/status.ts'
import type { TimelineRow } from '../../../domain/messages/transition.ts'
import { storableJson, storableText } from '../../../kit/storable.ts'
import { columnsOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'
import {
  makePayments,
  creditsAfter,
  isTransitionPaid,
  unpaidTransitions,
  checkPayments,
} from '../billing/credit-sql.ts'
import { countedAs } from './counted-sql.ts'
import { messagePayload, referencePayload } from './payload-sql.ts'
import { wakeVerifications } from '../otp/wake-sql.ts'
import { fanOut, subscribedTypes } from '../webhooks/outbox.ts'

/** One message's way from one state to another, with all that is written beside it. */
export interface Transition {
  before: MessageState
  after: MessageState
  /** False: only the timeline learns of it. */
  changed: boolean
  entries: TimelineRow[]
  /** Credits that it gives back to the account (positive) or takes (negative). */
  payment: number
  /** Published to the account's webhook endpoints, if it has any: the state as it was at that step. */
  newEvents: { at: Date; state: MessageState; words: ProviderWords | null }[]
}

/** One try to hand a message over, as it is recorded. */
export interface AttemptRecord {
  messageId: string
  attempt: number
  startedAt: Date
  endedAt: Date | null
  outcome: 'accepted' | 'refused' | 'unknown'
  code: string | null
  detail: string | null
  externalId: string | null
  provider: unknown
}

/** The result of a set of transitions. */
export interface TransitionResult {
  /** Ids of the messages that were still as `before` says, or that needed no change. */
  done: Set<string>
  /** Webhook deliveries that must be enqueued. */
  deliveries: string[]
  /** Transitions that were left out because their account cannot pay them, and what it has. */
  unpaid: { id: string; balance: number }[]
}

/**
 * The one door to a status: applies the transitions whose message is still at the revision they were computed from,
 * and writes, in the same commit, their timeline entries, webhook outbox rows, attempts and counters. A transition that
 * came too late is left out; the caller reads the message again and decides anew.
 */
export async function writeTransitions(
  db: Db,
  transitions: Transition[],
  attempts: AttemptRecord[] = [],
): Promise<TransitionResult> {
  const changed = transitions
    .filter((transition) => transition.changed)
    .toSorted((a, b) => (a.before.id < b.before.id ? -1 : 1))
  const entries = transitions.flatMap((transition) =>
    transition.entries.map((entry) => ({
      entry,
      messageId: transition.before.id,
      always: !transition.changed,
    })),
  )
  const payments = changed.filter((transition) => transition.payment !== 0)
  const [name, text] =
    payments.length === 0
      ? ['messages-transition', transitionSql]
      : ['messages-transition-paying', transitionPayingSql]
  const [row] = await db.query<TransitionRow>(name, text, [
    ...columnsOf(changed, [
      ({ before }) => before.id,
      ({ before }) => before.rev,
      ({ after }) => after.rev,
      ({ before }) => before.status,
      ({ after }) => after.status,
      ({ after }) => after.externalId,
      ({ after }) => after.attempt,
      ({ after }) => after.attemptFloor,
      ({ after }) => after.unknownAt,
      ({ after }) => after.dueAt,
      ({ after }) => after.wakeAt,
      ({ after }) => after.expiresAt,
      ({ after }) => after.sentAt,
      ({ after }) => after.deliveredAt,
      ({ after }) => after.readAt,
      ({ after }) => after.failedAt,
      ({ after }) => after.errorCode,
      ({ after }) => after.errorMessage,
      stepsOf,
    ]),
    ...columnsOf(entries, [
      ({ messageId }) => messageId,
      ({ entry }) => entry.status,
      ({ entry }) => entry.key,
      ({ entry }) => entry.at,
      ({ entry }) => entry.providerAt,
      ({ entry }) => entry.detail,
      ({ always }) => always,
      ({ entry }) => (entry.words == null ? null : storableJson(entry.words)),
    ]),
    ...columnsOf(attempts, [
      ({ messageId }) => messageId,
      ({ attempt }) => attempt,
      ({ startedAt }) => startedAt,
      ({ endedAt }) => endedAt,
      ({ outcome }) => outcome,
      ({ code }) => code,
      ({ detail }) => detail,
      ({ externalId }) => externalId,
      ({ provider }) => (provider === null || provider === undefined ? null : storableJson(provider)),
    ]),
    ...(payments.length === 0
      ? []
      : columnsOf(payments, [
          ({ before }) => before.id,
          ({ before }) => before.accountId,
          ({ before }) => before.rev,
          ({ payment }) => payment,
        ])),
  ])
  const noted = transitions
    .filter((transition) => !transition.changed)
    .map((transition) => transition.before.id)
  return {
    done: new Set([...(row?.transitioned ?? []), ...noted]),
    deliveries: row?.deliveries ?? [],
    unpaid: row?.unpaid ?? [],
  }
}

interface TransitionRow {
  transitioned: string[]
  deliveries: string[]
  unpaid: TransitionResult['unpaid']
}

/** The steps of a transition that are published, as JSON; null when there is none. */
function stepsOf({ newEvents }: Transition): string | null {
  if (newEvents.length === 0) return null
  const steps = newEvents.map(({ at, state, words }) => ({
    at,
    status: state.status,
    rev: state.rev,
    external_id: storable(state.externalId),
    sent_at: state.sentAt,
    delivered_at: state.deliveredAt,
    read_at: state.readAt,
    failed_at: state.failedAt,
    error_code: state.errorCode,
    error_message: storable(state.errorMessage),
    provider: words,
  }))
  return newEvents.some(({ words }) => words !== null) ? storableJson(steps) : JSON.stringify(steps)
}

function storable(text: string | null): string | null {
  return text === null ? null : storableText(text)
}

/** The facts of a message's step, in SQL: `x` is the step, `m` the message. */
const facts = {
  id: 'm.id',
  status: 'x.status',
  at: 'x.at',
  to: 'm.address',
  session: 'm.session_id',
  batchId: 'm.batch_id',
  externalId: 'x.external_id',
  createdAt: 'm.created_at',
  sentAt: 'x.sent_at',
  deliveredAt: 'x.delivered_at',
  readAt: 'x.read_at',
  failedAt: 'x.failed_at',
  errorCode: 'x.error_code',
  errorMessage: 'x.error_message',
  metadata: 'm.metadata',
  dryRun: 'm.dry_run',
  provider: 'x.provider',
  sequence: 'x.rev',
}

/** `message.status_updated` has no word for a message that waits: its payload is that of the public API that it copies. */
const typesOfStep = [
  `case when x.status <> 'queued' then 'message.status_updated' end`,
  `'message.' || x.status`,
]

// Payloads are made here, because only here it is known whether anybody listens. A message brings its own steps
// along: to look for them in a list would cost the square of the set.
const stepEvents = `subscribed_accounts as materialized (
  select a.id from (select distinct account_id as id from transitioned) a
   where exists (select from webhook_endpoints w where w.account_id = a.id)
), new_events as materialized (
  select row_number() over (order by x.rev, t.type) as ord, hermod_uuidv7() as id, m.account_id, t.type,
         m.session_id, m.id as message_id, m.address as order_key,
         case t.type when 'message.status_updated' then ${referencePayload(facts)}
                     else ${messagePayload(facts)} end as payload
    from transitioned m
    cross join lateral json_to_recordset(m.steps::json) as x(at timestamptz, status text, rev int,
      external_id text, sent_at timestamptz, delivered_at timestamptz, read_at timestamptz,
      failed_at timestamptz, error_code text, error_message text, provider json)
    cross join lateral ${subscribedTypes(typesOfStep, { account: 'm.account_id', session: 'm.session_id' })}
   where m.account_id = any (array(select id from subscribed_accounts))
)`

const transitionSqlFor = (paying: boolean): string => `
with ${paying ? checkPayments('$37::uuid[]', '$38::uuid[]', '$39::int[]', '$40::int[]') : ''}transitioned as (
  update messages m set status = i.status, external_id = i.external_id, attempt = i.attempt,
    attempt_floor = i.attempt_floor, rev = i.next_rev, unknown_at = i.unknown_at, due_at = i.due_at,
    wake_at = i.wake_at, expires_at = i.expires_at, sent_at = i.sent_at, delivered_at = i.delivered_at,
    read_at = i.read_at, failed_at = i.failed_at, error_code = i.error_code, error_message = i.error_message${paying ? creditsAfter : ''}
    from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
           $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
           $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::text[], $18::text[], $19::text[])
      as i(id, rev, next_rev, was, status, external_id, attempt, attempt_floor, unknown_at, due_at, wake_at,
           expires_at, sent_at, delivered_at, read_at, failed_at, error_code, error_message, steps)
   where m.id = i.id and m.rev = i.rev${paying ? isTransitionPaid : ''}
  returning m.id, m.account_id, m.session_id, m.batch_id, m.created_at, i.was, m.status, m.address, m.metadata,
    m.dry_run, m.origin, m.sealed is not null as secret, i.steps
), timeline as (
  insert into message_events as e (message_id, status, key, at, provider_at, detail, provider)
  select x.message_id, x.status, x.key, x.at, x.provider_at, x.detail, x.provider
    from unnest($20::uuid[], $21::text[], $22::text[], $23::timestamptz[], $24::timestamptz[], $25::text[],
           $26::boolean[], $27::jsonb[]) as x(message_id, status, key, at, provider_at, detail, always, provider)
   where x.always or x.message_id in (select id from transitioned)
   order by 1, 2, 3
  on conflict (message_id, status, key) do update set provider_at = coalesce(e.provider_at, excluded.provider_at),
    provider = coalesce(e.provider, excluded.provider)
), counter_changes as (
  insert into counter_deltas (account_id, hour, status, delta)
  select account_id, date_trunc('hour', created_at, 'UTC'), ${countedAs('s.status')}, sum(s.delta)
    from transitioned, lateral (values (was, -1), (transitioned.status, 1)) as s(status, delta)
   where was <> transitioned.status and origin is null
   group by 1, 2, 3
), recorded_attempts as (
  insert into provider_attempts as a (message_id, attempt, started_at, ended_at, outcome, code, detail,
    external_id, provider)
  select * from unnest($28::uuid[], $29::int[], $30::timestamptz[], $31::timestamptz[], $32::text[], $33::text[],
    $34::text[], $35::text[], $36::jsonb[])
  on conflict (message_id, attempt) do update set started_at = least(a.started_at, excluded.started_at),
    ended_at = excluded.ended_at, outcome = excluded.outcome,
    code = excluded.code, detail = excluded.detail, external_id = excluded.external_id,
    provider = excluded.provider
    -- A process that gave an attempt up must not overwrite the outcome that its worker recorded meanwhile.
    where a.outcome = 'unknown' or excluded.outcome <> 'unknown'
), ${wakeVerifications}, ${stepEvents}, ${fanOut}${paying ? makePayments : ''}
select coalesce((select array_agg(id) from transitioned), '{}') as transitioned,
       coalesce((select array_agg(id) from new_deliveries), '{}') as deliveries,
       ${paying ? unpaidTransitions : `'[]'::json`} as unpaid`

const transitionSql = transitionSqlFor(false)
const transitionPayingSql = transitionSqlFor(true)

/** Which of these reports are in the timeline already: `messageId status key`. */
export async function recordedEntries(
  db: Db,
  entries: { messageId: string; status: Status; key: string }[],
): Promise<Set<string>> {
  if (entries.length === 0) return new Set()
  const rows = await db.query<{ known: string }>(
    'messages-known-entries',
    `select e.message_id || ' ' || e.status || ' ' || e.key as known
       from json_to_recordset($1::json) as x("messageId" uuid, "status" text, "key" text)
       join message_events e on e.message_id = x."messageId" and e.status = x."status" and e.key = x."key"`,
    [JSON.stringify(entries)],
  )
  return new Set(rows.map((row) => row.known))
}
