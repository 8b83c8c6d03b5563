import type { MessageState } from '../../domain/message.ts'
import type { Status } from '../../domain/status.ts'
import type { TimelineRow } from '../../domain/advance.ts'
import type { Db } from '../client.ts'

/** One message's way from one state to another, with all that is written beside it. */
export interface Move {
  before: MessageState
  after: MessageState
  /** False: only the timeline learns of it. */
  changed: boolean
  entries: TimelineRow[]
  /** Told to the account's webhook endpoints, if it has any. */
  events: { id: string; type: string; payload: string; createdAt: Date }[]
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

/** What a set of moves came to. */
export interface MoveResult {
  /** Ids of the messages that were still as `before` says, or that needed no change. */
  done: Set<string>
  /** Webhook deliveries that wait for their doorbell. */
  deliveries: string[]
}

/**
 * The one door to a status: applies the moves whose message is still at the revision they were computed from,
 * and writes, in the same commit, their timeline entries, webhook outbox rows, attempts and counters. A move that
 * came too late is left out; the caller reads the message again and decides anew.
 */
export async function applyMoves(db: Db, moves: Move[], attempts: AttemptRecord[] = []): Promise<MoveResult> {
  const changed = moves.filter((move) => move.changed)
  const input = {
    moves: changed.map(({ before, after }) => ({
      ...after,
      metadata: null,
      rev: before.rev,
      was: before.status,
    })),
    entries: moves.flatMap((move) =>
      move.entries.map((entry) => ({ ...entry, messageId: move.before.id, always: !move.changed })),
    ),
    events: changed.flatMap((move) =>
      move.events.map((event) => ({ ...event, messageId: move.before.id, accountId: move.before.accountId })),
    ),
    attempts,
  }
  const [row] = await db.query<{ moved: string[]; deliveries: string[] }>('messages-move', moveSql, [
    JSON.stringify(input),
  ])
  const noted = moves.filter((move) => !move.changed).map((move) => move.before.id)
  return { done: new Set([...(row?.moved ?? []), ...noted]), deliveries: row?.deliveries ?? [] }
}

const moveSql = `
with input as materialized (
  select * from json_to_recordset($1::json->'moves') as x("id" uuid, "rev" int, "was" text, "status" text,
    "externalId" text, "attempt" int, "attemptFloor" int, "unknownAt" timestamptz, "dueAt" timestamptz,
    "wakeAt" timestamptz, "expiresAt" timestamptz, "sentAt" timestamptz, "deliveredAt" timestamptz, "readAt" timestamptz, "failedAt" timestamptz,
    "errorCode" text, "errorMessage" text)
  order by "id"
), moved as (
  update messages m set status = i."status", external_id = i."externalId", attempt = i."attempt",
    attempt_floor = i."attemptFloor", expires_at = i."expiresAt",
    rev = m.rev + 1, unknown_at = i."unknownAt", due_at = i."dueAt", wake_at = i."wakeAt", sent_at = i."sentAt",
    delivered_at = i."deliveredAt", read_at = i."readAt", failed_at = i."failedAt", error_code = i."errorCode",
    error_message = i."errorMessage"
    from input i where m.id = i."id" and m.rev = i."rev"
  returning m.id, m.account_id, m.created_at, i."was", m.status
), entries as (
  insert into message_events as e (message_id, status, key, at, provider_at, detail)
  select x."messageId", x."status", x."key", x."at", x."providerAt", x."detail"
    from json_to_recordset($1::json->'entries') as x("messageId" uuid, "status" text, "key" text,
      "at" timestamptz, "providerAt" timestamptz, "detail" text, "always" boolean)
   where x."always" or x."messageId" in (select id from moved)
   order by 1, 2, 3
  on conflict (message_id, status, key) do update set provider_at = coalesce(e.provider_at, excluded.provider_at)
), counted as (
  insert into counter_deltas (account_id, day, status, delta)
  select account_id, (created_at at time zone 'UTC')::date, s.status, sum(s.delta)
    from moved, lateral (values ("was", -1), (moved.status, 1)) as s(status, delta)
   where "was" <> moved.status
   group by 1, 2, 3
), attempted as (
  insert into provider_attempts as a (message_id, attempt, started_at, ended_at, outcome, code, detail,
    external_id, provider)
  select "messageId", "attempt", "startedAt", "endedAt", "outcome", "code", "detail", "externalId", "provider"
    from json_to_recordset($1::json->'attempts') as x("messageId" uuid, "attempt" int, "startedAt" timestamptz,
      "endedAt" timestamptz, "outcome" text, "code" text, "detail" text, "externalId" text, "provider" jsonb)
   order by 1, 2
  on conflict (message_id, attempt) do update set ended_at = excluded.ended_at, outcome = excluded.outcome,
    code = excluded.code, detail = excluded.detail, external_id = excluded.external_id,
    provider = excluded.provider
    -- Whoever gave an attempt up must not overwrite what its worker came to know meanwhile.
    where a.outcome = 'unknown' or excluded.outcome <> 'unknown'
), announced as (
  insert into webhook_events (id, account_id, type, message_id, payload, created_at)
  select x."id", x."accountId", x."type", x."messageId", x."payload", x."createdAt"
    from json_to_recordset($1::json->'events') as x("id" uuid, "accountId" uuid, "type" text, "messageId" uuid,
      "payload" text, "createdAt" timestamptz)
   where x."messageId" in (select id from moved)
     and exists (select from webhook_endpoints w where w.account_id = x."accountId" and w.enabled)
  returning id, account_id, created_at
), outbox as (
  insert into webhook_deliveries (id, account_id, event_id, endpoint_id, due_at, wake_at, created_at)
  select hermod_uuidv7(), e.account_id, e.id, w.id, now(), now() + interval '10 seconds', e.created_at
    from announced e join webhook_endpoints w on w.account_id = e.account_id and w.enabled
  returning id
)
select coalesce((select array_agg(id) from moved), '{}') as moved,
       coalesce((select array_agg(id) from outbox), '{}') as deliveries`

/** Which of these reports are in the timeline already: `messageId status key`. */
export async function knownEntries(
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
