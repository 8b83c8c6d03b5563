import { waitingReasonFrom } from '../../../domain/devices/waiting.ts'
import type { Lane, MessageState } from '../../../domain/messages/message.ts'
import type { Status } from '../../../domain/messages/status.ts'
import type { Db } from '../../client.ts'

const stateColumns = [
  'id',
  'account_id',
  'session_id',
  'status',
  'lane',
  'address',
  'metadata',
  'external_id',
  'credits',
  'attempt',
  'attempt_floor',
  'rev',
  'unknown_at',
  'due_at',
  'waiting_for',
  'wake_at',
  'expires_at',
  'ttl_seconds',
  'created_at',
  'sent_at',
  'delivered_at',
  'read_at',
  'failed_at',
  'error_code',
  'error_message',
]

/** The columns of a `StateRow`, of a table or its alias. */
export function stateColumnsOf(table: string): string {
  return stateColumns.map((column) => `${table}.${column}`).join(', ')
}

/** A message's state as its row has it. */
export interface StateRow {
  id: string
  account_id: string
  session_id: string
  status: Status
  lane: Lane
  address: string
  metadata: unknown
  external_id: string | null
  credits: number
  attempt: number
  attempt_floor: number
  rev: number
  unknown_at: Date | null
  due_at: Date
  waiting_for: string | null
  wake_at: Date | null
  expires_at: Date | null
  ttl_seconds: number | null
  created_at: Date
  sent_at: Date | null
  delivered_at: Date | null
  read_at: Date | null
  failed_at: Date | null
  error_code: string | null
  error_message: string | null
}

/** The present state of outbound messages, in no order; ids that do not exist are left out. */
export async function readStates(db: Db, ids: string[]): Promise<MessageState[]> {
  const rows = await db.query<StateRow>(
    'messages-states',
    `select ${stateColumnsOf('m')} from messages m where id = any($1::uuid[]) and direction = 'outbound'`,
    [ids],
  )
  return rows.map(toState)
}

/** The present state of the messages that the provider knows by these ids. */
export async function readStatesByExternalId(db: Db, externalIds: string[]): Promise<MessageState[]> {
  const rows = await db.query<StateRow>(
    'messages-states-external',
    `select ${stateColumnsOf('m')} from messages m where external_id = any($1) and direction = 'outbound'`,
    [externalIds],
  )
  return rows.map(toState)
}

/** How far a message is on its way, for somebody who waits for it. */
export interface Progress {
  id: string
  status: Status
  /** How long until it is due; 0 when it is. */
  dueInMs: number
  /** Why it waits until then, where that needs saying. */
  waitingFor: string | null
  /** Every attempt so far was refused, or there was none. */
  neverLeft: boolean
  errorCode: string | null
  errorMessage: string | null
}

/** The progress of outbound messages, in no order; ids that do not exist are left out. */
export function readProgress(db: Db, ids: string[]): Promise<Progress[]> {
  return db.query<Progress>(
    'messages-progress',
    `select m.id, m.status, greatest(0, extract(epoch from m.due_at - now()) * 1000)::float8 as "dueInMs",
            m.waiting_for as "waitingFor", m.error_code as "errorCode", m.error_message as "errorMessage",
            not exists (select from provider_attempts a where a.message_id = m.id
               and (a.outcome <> 'refused' or a.external_id is not null)) as "neverLeft"
       from messages m where m.id = any($1::uuid[]) and m.direction = 'outbound'`,
    [ids],
  )
}

/** A row as a message's state. */
export function toState(row: StateRow): MessageState {
  return {
    id: row.id,
    accountId: row.account_id,
    sessionId: row.session_id,
    status: row.status,
    lane: row.lane,
    address: row.address,
    metadata: row.metadata,
    externalId: row.external_id,
    credits: row.credits,
    attempt: row.attempt,
    attemptFloor: row.attempt_floor,
    rev: row.rev,
    unknownAt: row.unknown_at,
    dueAt: row.due_at,
    waitingFor: waitingReasonFrom(row.waiting_for),
    wakeAt: row.wake_at,
    expiresAt: row.expires_at,
    ttlSeconds: row.ttl_seconds,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    readAt: row.read_at,
    failedAt: row.failed_at,
    errorCode: row.error_code,
    errorMessage: row.error_message,
  }
}
