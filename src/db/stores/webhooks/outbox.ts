import type { Db } from '../../client.ts'

/**
 * SQL: true when the endpoint `w` subscribes to events of a type about a session (null: about none). Without a list of
 * types it subscribes to all but `message.status_updated`, which repeats the others.
 */
export const subscribes = ({ type, session }: EventFacts): string => `
  (case when cardinality(w.events) = 0 then ${type} <> 'message.status_updated' else ${type} = any(w.events) end)
  and (cardinality(w.session_ids) = 0 or ${session} is null or ${session} = any(w.session_ids))`

/** SQL expressions of an event, as seen beside the endpoint `w`. */
interface EventFacts {
  account: string
  type: string
  session: string
}

/**
 * SQL: true when some endpoint subscribes to an event. An endpoint that was disabled for its failures counts: the event is
 * kept for it, so that it can be recovered.
 */
export const hasSubscriber = (event: EventFacts): string => `exists (
  select from webhook_endpoints w where w.account_id = ${event.account}
    and (w.enabled or w.disabled_reason is distinct from 'owner') and ${subscribes(event)})`

/** SQL: those of some types that some endpoint subscribes to, as `t(type)`, by one look at the account's endpoints. */
export const subscribedTypes = (types: string[], event: Omit<EventFacts, 'type'>): string => `(
  select distinct t.type from webhook_endpoints w
    cross join (values ${types.map((type) => `(${type})`).join(', ')}) as t(type)
   where w.account_id = ${event.account} and (w.enabled or w.disabled_reason is distinct from 'owner')
     and ${subscribes({ ...event, type: 't.type' })}) as t`

/**
 * SQL: two steps that store what a step named `new_events` has made and create its delivery to every endpoint that subscribes to it
 * and fits the condition. `new_events` has (ord, id, account_id, type, session_id, message_id, order_key, payload);
 * `new_deliveries` has the ids of the deliveries that must be enqueued.
 */
export const fanOutTo = (condition: string): string => `stored_events as (
  insert into webhook_events (id, account_id, type, session_id, message_id, order_key, payload, created_at)
  select id, account_id, type, session_id, message_id, order_key, payload, now() from new_events order by ord
), new_deliveries as (
  insert into webhook_deliveries (id, account_id, event_id, endpoint_id, order_key, due_at, wake_at, created_at)
  select hermod_uuidv7(), h.account_id, h.id, w.id, case when w.ordered then h.order_key end, now(),
         now() + interval '10 seconds', now()
    from new_events h join webhook_endpoints w on w.account_id = h.account_id and ${condition}
     and ${subscribes({ account: 'h.account_id', type: 'h.type', session: 'h.session_id' })}
   order by h.ord
  returning id
)`

/** SQL: `fanOutTo` every enabled endpoint. */
export const fanOut = fanOutTo('w.enabled')

/** An event with its payload, ready to be stored. */
export interface NewWebhookEvent {
  id: string
  accountId: string
  type: string
  sessionId: string | null
  orderKey: string | null
  payload: string
}

/**
 * Stores events that some endpoint subscribes to, and a delivery for each such endpoint. Returns the deliveries that must
 * be enqueued.
 */
export async function insertWebhookEvents(db: Db, events: NewWebhookEvent[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>('webhook-events-insert', insertSql, [JSON.stringify(events)])
  return rows.map((row) => row.id)
}

const insertSql = `
with new_events as materialized (
  select row_number() over () as ord, x."id" as id, x."accountId" as account_id, x."type" as type,
         x."sessionId" as session_id, null::uuid as message_id, x."orderKey" as order_key, x."payload" as payload
    from json_to_recordset($1::json) as x("id" uuid, "accountId" uuid, "type" text, "sessionId" uuid,
           "orderKey" text, "payload" text)
   where ${hasSubscriber({ account: 'x."accountId"', type: 'x."type"', session: 'x."sessionId"' })}
), ${fanOut}
select id from new_deliveries`
