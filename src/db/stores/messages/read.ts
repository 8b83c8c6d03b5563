import type { MessageContent } from '../../../domain/messages/content.ts'
import type { Received } from '../../../domain/messages/inbound-view.ts'
import type { TimelineEntry } from '../../../domain/messages/message.ts'
import type { Status } from '../../../domain/messages/status.ts'
import type { Db } from '../../client.ts'
import type { AttemptRecord } from './transition.ts'

/** A message as its owner reads it. */
export interface MessageRecord {
  id: string
  accountId: string
  sessionId: string
  batchId: string | null
  direction: 'outbound' | 'inbound'
  status: Status | 'received'
  address: string
  /** text, template, ...; inbound: the provider's word. */
  type: string
  /** The content to send; null for an inbound message. */
  content: MessageContent | null
  /** Inbound: what the customer sent. Outbound, and not by us: what the business sent. Null for a message of ours. */
  received: Received | null
  body: string | null
  metadata: Record<string, unknown> | null
  /** The provider's id of the message it answers. */
  replyTo: string | null
  /** Inbound: the number that it was sent to, or its id at the provider while that does not tell the number. */
  receivedBy: string | null
  dryRun: boolean
  /** Its content is shown masked, because nobody is to read it. */
  secret: boolean
  externalId: string | null
  attempt: number
  /** Why it waits until `waitingUntil`, where that needs saying. */
  waitingFor: string | null
  waitingUntil: Date | null
  scheduledFor: Date | null
  expiresAt: Date | null
  createdAt: Date
  sentAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  failedAt: Date | null
  errorCode: string | null
  errorMessage: string | null
  /** Outbound, and not by us: where the business sent it. Null for all others. */
  origin: 'business_app' | 'other_app' | null
}

/** The columns of a `MessageRecord`, of `messages m`. */
export const messageColumns = `id, account_id as "accountId", session_id as "sessionId", batch_id as "batchId", direction, status,
  address, content->>'type' as type, case when direction = 'outbound' and origin is null then content end as content,
  case when direction = 'inbound' or origin is not null then content end as received, origin, body, metadata,
  reply_to as "replyTo", dry_run as "dryRun", sealed is not null as secret, external_id as "externalId",
  case direction when 'inbound' then (
    select coalesce(nullif(regexp_replace(s.display_phone_number, '[^0-9]', '', 'g'), ''), s.sender_id, s.name)
      from sessions s where s.id = session_id) end as "receivedBy",
  attempt, case when status = 'queued' and due_at > now() then waiting_for end as "waitingFor",
  case when status = 'queued' and due_at > now() and waiting_for is not null then due_at end as "waitingUntil",
  scheduled_for as "scheduledFor", expires_at as "expiresAt", created_at as "createdAt",
  sent_at as "sentAt", delivered_at as "deliveredAt", read_at as "readAt", failed_at as "failedAt",
  error_code as "errorCode", error_message as "errorMessage"`

/** One message of an account, or null. */
export async function findMessage(db: Db, accountId: string, id: string): Promise<MessageRecord | null> {
  const [row] = await db.query<MessageRecord>(
    'message-find',
    `select ${messageColumns} from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** A message that another one refers to. */
export interface Referred {
  /** Null: it has not reached its provider yet. */
  externalId: string | null
  address: string
  /** It came from a group, whose id is the address. */
  fromGroup: boolean
}

const referredColumns = `external_id as "externalId", address,
  direction = 'inbound' and content ? 'group' as "fromGroup"`

/** A message of an account, in either direction, by our id; null when there is no such message. */
export async function findReferred(db: Db, accountId: string, id: string): Promise<Referred | null> {
  const [row] = await db.query<Referred>(
    'message-referred',
    `select ${referredColumns} from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** The same by the provider's id. */
export async function findReferredByExternalId(
  db: Db,
  accountId: string,
  externalId: string,
): Promise<Referred | null> {
  const [row] = await db.query<Referred>(
    'message-referred-external',
    `select ${referredColumns} from messages where external_id = $1 and account_id = $2 limit 1`,
    [externalId, accountId],
  )
  return row ?? null
}

/** Whether a message of a group with this id ever came to an account. */
export async function hasGroup(db: Db, accountId: string, groupId: string): Promise<boolean> {
  const [row] = await db.query<{ has: boolean }>(
    'messages-has-group',
    `select exists (
       select from messages
        where account_id = $1 and address = $2 and direction = 'inbound' and content ? 'group'
          and status not in ('queued', 'processing', 'retrying')) as has`,
    [accountId, groupId],
  )
  return row?.has ?? false
}

/** One try to hand a message over, as its owner reads it. */
export type AttemptView = Omit<AttemptRecord, 'messageId'>

/** A message with its recorded timeline, in no order, and its attempts, the first one first. */
export interface RecordedHistory {
  message: MessageRecord
  timeline: TimelineEntry[]
  attempts: AttemptView[]
  /** When the lease of the attempt under way ends; null: no worker has the message. */
  leaseUntil: Date | null
}

/** A row as JSON has it: its times are text. */
type InJson<Row> = { [Field in keyof Row]: TimeAsText<Row[Field]> }
type TimeAsText<Value> = Value extends Date ? string : Value

/** For the operator: the account that a message belongs to; null when there is no such message. */
export async function findOwner(db: Db, id: string): Promise<string | null> {
  const [row] = await db.query<{ accountId: string }>(
    'message-owner',
    'select account_id as "accountId" from messages where id = $1',
    [id],
  )
  return row?.accountId ?? null
}

/** One message of an account with its history, all as of the same moment; null when there is none. */
export async function findHistory(db: Db, accountId: string, id: string): Promise<RecordedHistory | null> {
  const [row] = await db.query<
    MessageRecord & {
      timeline: InJson<TimelineEntry>[]
      attempts: InJson<AttemptView>[]
      leaseUntil: Date | null
    }
  >('message-history', historySql, [id, accountId])
  if (row === undefined) return null
  const { timeline, attempts, leaseUntil, ...message } = row
  return {
    message,
    leaseUntil,
    timeline: timeline.map((entry) => ({
      ...entry,
      at: new Date(entry.at),
      providerAt: dateOrNull(entry.providerAt),
    })),
    attempts: attempts.map((attempt) => ({
      ...attempt,
      startedAt: new Date(attempt.startedAt),
      endedAt: dateOrNull(attempt.endedAt),
    })),
  }
}

function dateOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

const historySql = `
select ${messageColumns},
  (select coalesce(json_agg(json_build_object('status', e.status, 'at', e.at, 'providerAt', e.provider_at,
            'detail', e.detail, 'words', e.provider)), '[]')
     from message_events e where e.message_id = m.id) as timeline,
  (select coalesce(json_agg(json_build_object('attempt', a.attempt, 'startedAt', a.started_at,
            'endedAt', a.ended_at, 'outcome', a.outcome, 'code', a.code, 'detail', a.detail,
            'externalId', a.external_id, 'provider', a.provider) order by a.attempt), '[]')
     from provider_attempts a where a.message_id = m.id) as attempts,
  case when status = 'processing' and unknown_at is null then wake_at end as "leaseUntil"
  from messages m where id = $1 and account_id = $2`

/** An outbound message as it was handed to its provider. */
export interface OutboundRow {
  id: string
  attempt: number
  address: string
  content: MessageContent
  sealed: string | null
  replyTo: string | null
}

/** A message of a session that was to go out, or null. */
export async function findOutbound(db: Db, sessionId: string, id: string): Promise<OutboundRow | null> {
  const [row] = await db.query<OutboundRow>(
    'message-outbound',
    `select id, attempt, address, content, sealed, reply_to as "replyTo" from messages
      where id = $2 and session_id = $1 and direction = 'outbound'`,
    [sessionId, id],
  )
  return row ?? null
}

/** The sealed content of a message of an account; null where it has none, or none any more. */
export async function findSealed(db: Db, accountId: string, id: string): Promise<string | null> {
  const [row] = await db.query<{ sealed: string | null }>(
    'message-sealed',
    `select nullif(sealed, '') as sealed from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row?.sealed ?? null
}

/** Forgets sealed contents of messages whose life is over, a few at a time. */
export async function forgetSealed(db: Db, limit: number): Promise<void> {
  await db.query(
    'messages-forget-sealed',
    `update messages set sealed = '' where id = any(array(
       select id from messages where sealed <> '' and expires_at < now() - interval '1 minute'
        order by expires_at limit $1))`,
    [limit],
  )
}
