import type { MessageContent } from '../../domain/content.ts'
import type { TimelineEntry } from '../../domain/message.ts'
import { statusRank, type Status } from '../../domain/status.ts'
import type { Db } from '../client.ts'

/** A message as its owner reads it. */
export interface MessageRecord {
  id: string
  accountId: string
  sessionId: string
  batchId: string | null
  direction: 'outbound' | 'inbound'
  status: Status | 'received'
  address: string
  content: MessageContent
  body: string | null
  metadata: Record<string, unknown> | null
  replyTo: string | null
  dryRun: boolean
  externalId: string | null
  attempt: number
  scheduledFor: Date | null
  expiresAt: Date | null
  createdAt: Date
  sentAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  failedAt: Date | null
  errorCode: string | null
  errorMessage: string | null
}

const columns = `id, account_id as "accountId", session_id as "sessionId", batch_id as "batchId", direction, status,
  address, content, body, metadata, reply_to as "replyTo", dry_run as "dryRun", external_id as "externalId",
  attempt, scheduled_for as "scheduledFor", expires_at as "expiresAt", created_at as "createdAt",
  sent_at as "sentAt", delivered_at as "deliveredAt", read_at as "readAt", failed_at as "failedAt",
  error_code as "errorCode", error_message as "errorMessage"`

/** One message of an account, or null. */
export async function findMessage(db: Db, accountId: string, id: string): Promise<MessageRecord | null> {
  const [row] = await db.query<MessageRecord>(
    'message-find',
    `select ${columns} from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** The provider's id of a message of an account, in either direction; null when there is no such message. */
export async function findExternalId(
  db: Db,
  accountId: string,
  id: string,
): Promise<{ externalId: string | null } | null> {
  const [row] = await db.query<{ externalId: string | null }>(
    'message-external-id',
    `select external_id as "externalId" from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** One try to hand a message over, as its owner reads it. */
export interface AttemptView {
  attempt: number
  startedAt: Date
  endedAt: Date | null
  outcome: 'accepted' | 'refused' | 'unknown'
  code: string | null
  detail: string | null
  externalId: string | null
  provider: unknown
}

/** A message with its timeline, in the order of what happened, and its attempts, the first one first. */
export interface MessageHistory {
  message: MessageRecord
  timeline: TimelineEntry[]
  attempts: AttemptView[]
}

/** What JSON makes of a row: its times are text. */
type InJson<Row> = { [Field in keyof Row]: TimeAsText<Row[Field]> }
type TimeAsText<Value> = Value extends Date ? string : Value

/** One message of an account with its history, all as of the same moment; null when there is none. */
export async function findHistory(db: Db, accountId: string, id: string): Promise<MessageHistory | null> {
  const [row] = await db.query<
    MessageRecord & { timeline: InJson<TimelineEntry>[]; attempts: InJson<AttemptView>[] }
  >('message-history', historySql, [id, accountId])
  if (row === undefined) return null
  const { timeline, attempts, ...message } = row
  const entries = timeline.map((entry) => ({
    ...entry,
    at: new Date(entry.at),
    providerAt: dateOrNull(entry.providerAt),
  }))
  return {
    message,
    timeline: entries.toSorted(
      (a, b) => a.at.getTime() - b.at.getTime() || statusRank[a.status] - statusRank[b.status],
    ),
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
select ${columns},
  (select coalesce(json_agg(json_build_object('status', e.status, 'at', e.at, 'providerAt', e.provider_at,
            'detail', e.detail)), '[]')
     from message_events e where e.message_id = m.id) as timeline,
  (select coalesce(json_agg(json_build_object('attempt', a.attempt, 'startedAt', a.started_at,
            'endedAt', a.ended_at, 'outcome', a.outcome, 'code', a.code, 'detail', a.detail,
            'externalId', a.external_id, 'provider', a.provider) order by a.attempt), '[]')
     from provider_attempts a where a.message_id = m.id) as attempts
  from messages m where id = $1 and account_id = $2`

/** What to list. */
export interface MessageFilter {
  accountId: string
  direction: 'outbound' | 'inbound'
  status: string | null
  batchId: string | null
  /** Only ids before this one (the cursor). */
  before: string | null
  limit: number
  offset: number
}

/** Messages of an account, the newest first. */
export async function listMessages(db: Db, filter: MessageFilter): Promise<MessageRecord[]> {
  const { conditions, values } = conditionsOf(filter)
  const text = `select ${columns} from messages where ${conditions}
    order by id desc limit ${Math.trunc(filter.limit)} offset ${Math.trunc(filter.offset)}`
  return db.query<MessageRecord>('', text, values)
}

/** How many messages there are, counted up to `filter.limit`. */
export async function countMessages(db: Db, filter: MessageFilter): Promise<number> {
  const { conditions, values } = conditionsOf(filter)
  const [row] = await db.query<{ count: string }>(
    '',
    `select count(*) as count from (
       select from messages where ${conditions} limit ${Math.trunc(filter.limit)}) m`,
    values,
  )
  return Number(row?.count ?? 0)
}

function conditionsOf(filter: MessageFilter): { conditions: string; values: unknown[] } {
  const wanted: [string, unknown][] = [
    ['account_id =', filter.accountId],
    ['direction =', filter.direction],
    ['status =', filter.status],
    ['batch_id =', filter.batchId],
    ['id <', filter.before],
  ]
  const given = wanted.filter(([, value]) => value !== null)
  return {
    conditions: given.map(([condition], index) => `${condition} $${index + 1}`).join(' and '),
    values: given.map(([, value]) => value),
  }
}
