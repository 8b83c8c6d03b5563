with
  new_events as materialized (
    select
      row_number() over () as ord,
      x."id" as id,
      x."accountId" as account_id,
      x."type" as type,
      x."sessionId" as session_id,
      null::uuid as message_id,
      x."orderKey" as order_key,
      x."payload" as payload
    from
      json_to_recordset($1::json) as x (
        "id" uuid,
        "accountId" uuid,
        "type" text,
        "sessionId" uuid,
        "orderKey" text,
        "payload" text
      )
    where
      not exists (
        select
        from
          webhook_events e
        where
          e.id = x."id"
      )
      and exists (
        select
        from
          webhook_endpoints w
        where
          w.account_id = x."accountId"
          and (
            w.enabled
            or w.disabled_reason is distinct from 'owner'
          )
          and (
            case
              when cardinality(w.events) = 0 then x."type" <> 'message.status_updated'
              else x."type" = any (w.events)
            end
          )
          and (
            cardinality(w.session_ids) = 0
            or x."sessionId" is null
            or x."sessionId" = any (w.session_ids)
          )
      )
  ),
  stored_events as (
    insert into
      webhook_events (
        id,
        account_id,
        type,
        session_id,
        message_id,
        order_key,
        payload,
        created_at
      )
    select
      id,
      account_id,
      type,
      session_id,
      message_id,
      order_key,
      payload,
      now()
    from
      new_events
    order by
      ord
  ),
  new_deliveries as (
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
      new_events h
      join webhook_endpoints w on w.account_id = h.account_id
      and w.enabled
      and (
        case
          when cardinality(w.events) = 0 then h.type <> 'message.status_updated'
          else h.type = any (w.events)
        end
      )
      and (
        cardinality(w.session_ids) = 0
        or h.session_id is null
        or h.session_id = any (w.session_ids)
      )
    order by
      h.ord
    returning
      id
  )
select
  id
from
  new_deliveries

-- Plan:
-- CTE Scan
--   [CTE new_events] WindowAgg
--     Nested Loop
--       Nested Loop
--         Function Scan
--         Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--       Index Only Scan by webhook_events_pkey on webhook_events
--   [CTE stored_events] ModifyTable on webhook_events
--     Subquery Scan
--       Sort
--         CTE Scan
--   [CTE new_deliveries] ModifyTable on webhook_deliveries
--     Subquery Scan
--       Result
--         Sort
--           Nested Loop
--             CTE Scan
--             Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--         [SubPlan 3] Index Scan by contact_aliases_pkey on contact_aliases
