with
  addressed as materialized (
    select
      x."id" as id,
      x."accountId" as account_id,
      x."type" as type,
      x."sessionId" as session_id,
      x."orderKey" as order_key,
      x."payload" as payload,
      x."endpointId" as endpoint_id
    from
      json_to_recordset($1::json) as x (
        "id" uuid,
        "accountId" uuid,
        "type" text,
        "sessionId" uuid,
        "orderKey" text,
        "payload" text,
        "endpointId" uuid
      )
  ),
  stored as (
    insert into
      webhook_events (
        id,
        account_id,
        type,
        session_id,
        order_key,
        payload,
        created_at
      )
    select
      id,
      account_id,
      type,
      session_id,
      order_key,
      payload,
      now()
    from
      addressed
    order by
      id
    on conflict (id) do nothing
  )
insert into
  webhook_deliveries (
    id,
    account_id,
    event_id,
    endpoint_id,
    order_key,
    due_at,
    wake_at,
    created_at
  )
select
  hermod_uuidv7 (),
  h.account_id,
  h.id,
  w.id,
  case
    when w.ordered then coalesce(
      (
        select
          a.canonical
        from
          contact_aliases a
        where
          a.account_id = h.account_id
          and a.address = h.order_key
      ),
      h.order_key
    )
  end,
  now(),
  now() + interval '10 seconds',
  now()
from
  addressed h
  join webhook_endpoints w on w.id = h.endpoint_id
  and w.account_id = h.account_id
  and w.enabled
order by
  h.id
on conflict (event_id, endpoint_id) do nothing
returning
  id

-- Plan:
-- ModifyTable on webhook_deliveries
--   [CTE addressed] Function Scan
--   [CTE stored] ModifyTable on webhook_events
--     Subquery Scan
--       Sort
--         CTE Scan
--   Subquery Scan
--     Result
--       Sort
--         Nested Loop
--           CTE Scan
--           Index Scan by webhook_endpoints_pkey on webhook_endpoints
--       [SubPlan 3] Index Scan by contact_aliases_pkey on contact_aliases
