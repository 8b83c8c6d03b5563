import { fanOutTo, hasSubscriber } from './outbox.ts'

/** SQL: the payload of `endpoint.disabled` or `endpoint.recovered`, out of a row of `updated_endpoints`. */
const endpointPayload = (c: string): string => `json_build_object(
  'type', ${c}.event_type,
  'timestamp', hermod_iso(now()),
  'data', case ${c}.event_type
    when 'endpoint.disabled' then json_build_object('endpointId', ${c}.id, 'url', ${c}.url, 'reason', ${c}.disable,
      'failingSince', hermod_iso(${c}.failing_since), 'lastError', ${c}.last_error)
    else json_build_object('endpointId', ${c}.id, 'url', ${c}.url,
      'failingSince', hermod_iso(${c}.failing_since)) end)::text`

/**
 * SQL: writes outcomes ($1), attempts ($2) and updates of endpoints ($3), and stores the events about them: those
 * of deliveries that are settled here ($7), and of endpoints that were disabled or recovered. A recovery is worth
 * an event when the breaker had opened or the trouble was long; a failure now and then is not.
 */
export const settleSql = `
with settled_deliveries as (
  update webhook_deliveries d
     set status = case when d.manual and o."status" = 'failed' and d.delivered_at is not null then 'delivered'
                       else o."status" end,
         attempt = d.attempt - o."unused"::int, manual = d.manual and o."unused",
         last_status = case when o."unused" then d.last_status else o."lastStatus" end,
         last_error = case when o."unused" then d.last_error else o."lastError" end,
         due_at = case when o."dueInMs" is null then d.due_at
                       else now() + o."dueInMs" * interval '1 millisecond' end,
         wake_at = now() + (o."dueInMs" + o."graceMs") * interval '1 millisecond',
         delivered_at = case when o."status" = 'delivered' then now() else d.delivered_at end
    from json_to_recordset($1::json) as o("id" uuid, "attempt" int, "status" text, "dueInMs" float8,
           "graceMs" float8, "unused" boolean, "lastStatus" int, "lastError" text)
   where d.id = o."id" and d.attempt = o."attempt" and d.status = 'delivering'
  returning d.id, d.endpoint_id, d.order_key, d.seq, d.wake_at
), recorded_attempts as (
  insert into webhook_attempts (id, account_id, delivery_id, endpoint_id, attempt, trigger, url, status, error,
    latency_ms, remote_address, response_headers, response_body, next_attempt_at, created_at)
  select a."id", a."accountId", a."deliveryId", a."endpointId", a."attempt", a."trigger", a."url", a."status",
         a."error", a."latencyMs", a."remoteAddress", a."responseHeaders", a."responseBody",
         now() + a."dueInMs" * interval '1 millisecond', a."at"
    from json_to_recordset($2::json) as a("id" uuid, "accountId" uuid, "deliveryId" uuid, "endpointId" uuid,
           "attempt" int, "trigger" text, "url" text, "status" int, "error" text, "latencyMs" int,
           "remoteAddress" text, "responseHeaders" jsonb, "responseBody" text, "dueInMs" float8, "at" timestamptz)
  on conflict do nothing
), locked_endpoints as materialized (
  select w.*, n."success" as n_success, n."error" as n_error, n."holdMs" as hold_ms, n."gone" as gone,
         n."exhausted" as exhausted, n."probe" as probe,
         n."trip" or (n."probe" and not n."success" and w.breaker_trips > 0) as trip,
         n."probe" or w.breaker_until is null as may_open
    from json_to_recordset($3::json) as n("id" uuid, "success" boolean, "error" text, "trip" boolean,
           "probe" boolean, "holdMs" float8, "gone" boolean, "exhausted" boolean)
    join webhook_endpoints w on w.id = n."id"
   order by w.id
     for no key update of w
), decisions as materialized (
  select b.*, case
      when not b.enabled then null
      when b.gone then 'gone'
      when not b.n_success and b.failing_since < now() - $6 * interval '1 millisecond'
       and (b.exhausted or (b.trip and b.breaker_trips >= 10)) then 'failing' end as disable
    from locked_endpoints b
), updated_endpoints as (
  update webhook_endpoints w
     set failing_since = case when j.n_success then null else coalesce(w.failing_since, now()) end,
         last_success_at = case when j.n_success then now() else w.last_success_at end,
         last_failure_at = case when j.n_error is not null then now() else w.last_failure_at end,
         last_error = coalesce(j.n_error, w.last_error),
         breaker_trips = case when j.n_success then 0 when j.trip and j.may_open then w.breaker_trips + 1
                              else w.breaker_trips end,
         breaker_until = case
           when j.n_success or j.disable is not null then null
           when j.may_open and (j.trip or j.hold_ms is not null) then now() + interval '1 millisecond' * greatest(
             coalesce(j.hold_ms, 0),
             case when j.trip then least($5::float8, $4::float8 * power(2, least(w.breaker_trips, 20))) else 0 end)
           when j.probe then null
           else w.breaker_until end,
         enabled = w.enabled and j.disable is null,
         disabled_reason = coalesce(j.disable, w.disabled_reason),
         disabled_at = case when j.disable is null then w.disabled_at else now() end
    from decisions j where w.id = j.id
  returning w.id, w.account_id, w.url, w.breaker_until, j.disable, j.failing_since, w.last_error,
    case when j.disable is not null then 'endpoint.disabled'
         when j.n_success and (j.breaker_trips > 0 or j.failing_since < now() - interval '5 minutes')
         then 'endpoint.recovered' end as event_type
), reported as (
  select x."id" as id, x."accountId" as account_id, x."type" as type, x."payload" as payload
    from json_to_recordset($7::json) as x("id" uuid, "deliveryId" uuid, "accountId" uuid, "type" text,
           "payload" text)
    join settled_deliveries s on s.id = x."deliveryId"
  union all
  select hermod_uuidv7(), c.account_id, c.event_type, ${endpointPayload('c')} from updated_endpoints c where c.event_type is not null
), new_events as materialized (
  select row_number() over () as ord, t.id, t.account_id, t.type, null::uuid as session_id,
         null::uuid as message_id, null::text as order_key, t.payload
    from reported t
   where ${hasSubscriber({ account: 't.account_id', type: 't.type', session: 'null::uuid' })}
), ${fanOutTo('w.enabled and w.id not in (select id from updated_endpoints where disable is not null)')}
select
  (select array_agg(n.id) from settled_deliveries s, lateral (
     select p.id from webhook_deliveries p
      where p.endpoint_id = s.endpoint_id and p.order_key = s.order_key and p.seq > s.seq
        and p.status in ('pending', 'delivering')
      order by p.seq limit 1) n
    where s.order_key is not null and s.wake_at is null) as next,
  (select array_agg(id) from new_deliveries) as outbox,
  (select json_agg(json_build_object('id', c.id, 'breakerUntil', c.breaker_until)) from updated_endpoints c) as endpoints`
