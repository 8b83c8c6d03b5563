import { storableJson } from '../../../../kit/storable.ts'
import type { Db } from '../../../client.ts'
import { fanOut, hasSubscriber } from '../../webhooks/outbox.ts'

/** A message that the business sent by other means than us. */
export interface EchoedMessage {
  /** Made of the session, the provider's id and the time, so that the same echo again is the same row. */
  id: string
  accountId: string
  sessionId: string
  origin: 'business_app' | 'other_app'
  externalId: string
  address: string
  /** The shape of an inbound message's content. */
  content: unknown
  /** The whole message in the provider's words, for the event; the beginning of it where that is long. */
  raw: { value: unknown; truncated: boolean }
  body: string | null
  replyTo: string | null
  at: Date
}

/**
 * Stores echoes as outbound messages that were sent, and the events about them; one that is there already, or is a
 * message of ours, is left out. They have no wake-up, no credits and no place in the counters. Returns the webhook
 * deliveries that must be enqueued.
 */
export async function insertEchoes(db: Db, messages: readonly EchoedMessage[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>('messages-insert-echoes', insertSql, [storableJson(messages)])
  return rows.map((row) => row.id)
}

/** Longer content is in GET /messages/{id} alone. */
const contentBytesMax = 6_000

const payload = `json_build_object(
  'type', 'message.echoed',
  'timestamp', hermod_iso(m.created_at),
  'data', json_build_object(
    'messageId', m.id,
    'externalId', m.external_id,
    'origin', m.origin,
    'to', m.address,
    'toUserId', m.content->>'fromUserId',
    'from', (select regexp_replace(s.display_phone_number, '[^0-9]', '', 'g') from sessions s
              where s.id = m.session_id),
    'session', m.session_id,
    'type', m.content->>'type',
    'body', left(m.body, 1000),
    'bodyTruncated', coalesce(length(m.body) > 1000, false),
    'content', case when octet_length((m.content->'said')::text) <= ${contentBytesMax} then m.content->'said' end,
    'contentTruncated', coalesce(octet_length((m.content->'said')::text) > ${contentBytesMax}, false),
    'replyTo', m.reply_to,
    'raw', i."raw"->'value',
    'rawTruncated', (i."raw"->>'truncated')::boolean,
    'sentAt', hermod_iso(m.created_at)))::text`

const insertSql = `
with input as materialized (
  select * from json_to_recordset($1::json) as x("id" uuid, "accountId" uuid, "sessionId" uuid, "origin" text,
    "externalId" text, "address" text, "content" jsonb, "raw" jsonb, "body" text, "replyTo" text, "at" timestamptz)
), new_messages as (
  insert into messages (id, account_id, session_id, direction, origin, status, lane, address, content, body, reply_to,
         external_id, created_at, due_at, sent_at)
  select "id", "accountId", "sessionId", 'outbound', "origin", 'sent', 'normal', "address", "content", "body",
         "replyTo", "externalId", "at", "at", "at"
    from input i
   where not exists (select from messages m where m.external_id = i."externalId" and m.direction = 'outbound'
                        and m.session_id = i."sessionId")
   order by "id"
  on conflict (id) do nothing
  returning id, account_id, session_id, origin, address, content, body, reply_to, external_id, created_at
), timeline as (
  insert into message_events (message_id, status, key, at, provider_at)
  select id, 'sent', external_id, created_at, created_at from new_messages
), new_events as materialized (
  select row_number() over (order by m.created_at) as ord, hermod_uuidv7() as id, m.account_id,
         'message.echoed' as type, m.session_id, m.id as message_id, m.address as order_key, ${payload} as payload
    from new_messages m join input i on i."id" = m.id
   where ${hasSubscriber({ account: 'm.account_id', type: `'message.echoed'`, session: 'm.session_id' })}
), ${fanOut}
select id from new_deliveries`
