with
  events as materialized (
    select
      e.id,
      e.account_id,
      e.type,
      e.session_id,
      e.order_key,
      e.test
    from
      webhook_events e
    where
      e.account_id = $2
      and e.id > $4
      and e.id < $5
    order by
      e.id
    limit
      $6
    for key share
  ),
  task as materialized (
    select
      id,
      count
    from
      webhook_recoveries
    where
      id = $1
      and state = 'running'
    for update
  ),
  missed as (
    select
      e.id,
      e.account_id,
      case
        when w.ordered then coalesce(
          (
            select
              a.canonical
            from
              contact_aliases a
            where
              a.account_id = e.account_id
              and a.address = e.order_key
          ),
          e.order_key
        )
      end as order_key
    from
      events e
      join webhook_endpoints w on w.id = $3
      and w.enabled,
      task t
    where
      not e.test
      and (
        case
          when cardinality(w.events) = 0 then e.type <> 'message.status_updated'
          else e.type = any (w.events)
        end
      )
      and (
        cardinality(w.session_ids) = 0
        or e.session_id is null
        or e.session_id = any (w.session_ids)
      )
      and not exists (
        select
        from
          webhook_deliveries d
        where
          d.event_id = e.id
          and d.endpoint_id = w.id
          and not (
            d.delivered_at is null
            and (
              d.status in ('failed', 'canceled')
              or (
                d.status = 'pending'
                and d.due_at > now()
              )
            )
          )
      )
    order by
      e.id
    limit
      (
        select
          greatest(0, $7 - count)
        from
          task
      )
  ),
  remade as (
    insert into
      webhook_deliveries as d (
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
      account_id,
      id,
      $3,
      order_key,
      now(),
      now() + interval '10 seconds',
      now()
    from
      missed
    order by
      id
    on conflict (event_id, endpoint_id) do update
    set
      status = 'pending',
      attempt = 0,
      manual = false,
      due_at = excluded.due_at,
      wake_at = excluded.wake_at,
      order_key = excluded.order_key
    where
      d.delivered_at is null
      and (
        d.status in ('failed', 'canceled')
        or (
          d.status = 'pending'
          and d.due_at > now()
        )
      )
    returning
      d.id
  ),
  progress as (
    select
      (
        select
          count(*)
        from
          remade
      )::int as remade,
      (
        select
          count(*)
        from
          events
      ) < $6 as at_end
  ),
  moved as (
    update webhook_recoveries r
    set
      cursor = coalesce(
        (
          select
            id
          from
            events
          order by
            id desc
          limit
            1
        ),
        r.cursor
      ),
      count = r.count + p.remade,
      state = case
        when p.at_end
        or r.count + p.remade >= $7 then 'done'
        else 'running'
      end,
      wake_at = case
        when p.at_end
        or r.count + p.remade >= $7 then null
        else now()
      end
    from
      task t,
      progress p
    where
      r.id = t.id
  )
select
  id
from
  remade

-- Plan:
-- CTE Scan
--   [CTE events] Limit
--     LockRows
--       Index Scan by webhook_events_pkey on webhook_events
--   [CTE task] LockRows
--     Index Scan by webhook_recoveries_endpoint_id_id_idx on webhook_recoveries
--   [CTE remade] ModifyTable on webhook_deliveries
--     Subquery Scan
--       Subquery Scan
--         Limit
--           [InitPlan 4] CTE Scan
--           Result
--             Sort
--               Nested Loop
--                 Nested Loop
--                   Nested Loop
--                     CTE Scan
--                     Index Scan by webhook_endpoints_pkey on webhook_endpoints
--                   Index Scan by webhook_deliveries_event_id_endpoint_id_key on webhook_deliveries
--                 CTE Scan
--             [SubPlan 3] Index Scan by contact_aliases_pkey on contact_aliases
--   [CTE moved] ModifyTable on webhook_recoveries
--     [InitPlan 6] Aggregate
--       CTE Scan
--     [InitPlan 7] Aggregate
--       CTE Scan
--     [InitPlan 8] Limit
--       Sort
--         CTE Scan
--     [InitPlan 9] Aggregate
--       CTE Scan
--     [InitPlan 10] Aggregate
--       CTE Scan
--     [InitPlan 11] Aggregate
--       CTE Scan
--     Nested Loop
--       Index Scan by webhook_recoveries_pkey on webhook_recoveries
--       CTE Scan
