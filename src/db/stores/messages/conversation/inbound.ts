import type { InboundView, Received } from '../../../../domain/messages/inbound-view.ts'
import type { Db } from '../../../client.ts'
import { fanOut, hasSubscriber } from '../../webhooks/outbox.ts'
import { receivedPayload } from '../payload-sql.ts'

/** A message that a customer sent us. */
export interface InboundMessage {
  id: string
  accountId: string
  sessionId: string
  externalId: string
  address: string
  content: Received
  /** The parts of its event that are no columns. */
  view: InboundView
  body: string | null
  replyTo: string | null
  at: Date
}

/**
 * Stores inbound messages, when each customer wrote last, and the events about them; a message that its
 * session has already is left out. Returns the webhook deliveries that must be enqueued.
 */
export async function insertInbound(db: Db, messages: InboundMessage[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>('messages-insert-inbound', insertInboundSql, [
    JSON.stringify(messages),
  ])
  return rows.map((row) => row.id)
}

/** Our id of an inbound message by the provider's; null when its session does not have it. */
export async function findInboundId(db: Db, sessionId: string, externalId: string): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    'inbound-id',
    `select id from messages where session_id = $1 and external_id = $2 and direction = 'inbound'`,
    [sessionId, externalId],
  )
  return row?.id ?? null
}

/** Keeps when a customer's message was first marked as read, and returns it; null when there is no such message. */
export async function markInboundRead(db: Db, accountId: string, id: string): Promise<Date | null> {
  const [row] = await db.query<{ readAt: Date }>(
    'message-mark-read',
    `update messages set read_at = coalesce(read_at, now())
      where id = $1 and account_id = $2 and direction = 'inbound'
      returning read_at as "readAt"`,
    [id, accountId],
  )
  return row?.readAt ?? null
}

const receivedEvents = `new_events as materialized (
  select row_number() over (order by m.created_at) as ord, hermod_uuidv7() as id, m.account_id,
         'message.received' as type, m.session_id, m.id as message_id, m.address as order_key,
         ${receivedPayload('m', 'i."view"')} as payload
    from new_messages m join input i on i."id" = m.id
   where ${hasSubscriber({ account: 'm.account_id', type: `'message.received'`, session: 'm.session_id' })}
)`

// Messages of WhatsApp itself about a customer (`system`) are not the customer's, and those of a group are the
// group's: they open no window.
const insertInboundSql = `
with input as materialized (
  select * from json_to_recordset($1::json) as x("id" uuid, "accountId" uuid, "sessionId" uuid, "externalId" text,
         "address" text, "content" jsonb, "view" json, "body" text, "replyTo" text, "at" timestamptz)
), new_messages as (
  insert into messages (id, account_id, session_id, direction, status, lane, address, content, body, reply_to,
         external_id, created_at, due_at)
  select "id", "accountId", "sessionId", 'inbound', 'received', 'normal', "address", "content", "body",
         "replyTo", "externalId", "at", "at"
    from input
  on conflict (session_id, external_id) where direction = 'inbound' do nothing
  returning id, account_id, session_id, address, content, body, reply_to, external_id, created_at
), opened_windows as (
  insert into contact_windows as w (account_id, address, session_id, last_inbound_at)
  select s.account_id, a.address, s.session_id, max(s.created_at)
    from new_messages s, lateral (values (s.address), (s.content->>'fromUserId')) as a(address)
   where a.address is not null and s.content->>'type' <> 'system' and not s.content ? 'group'
   group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, address, session_id) do update set last_inbound_at = excluded.last_inbound_at
    where w.last_inbound_at < excluded.last_inbound_at
), ${receivedEvents}, ${fanOut}
select id from new_deliveries`
