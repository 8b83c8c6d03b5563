with
  old as (
    select
      e.id
    from
      webhook_events e
    where
      e.id < $1
      and not exists (
        select
        from
          webhook_deliveries d
        where
          d.event_id = e.id
          and d.wake_at is not null
      )
    order by
      e.id
    limit
      $2
    for update
      skip locked
  ),
  deliveries as (
    delete from webhook_deliveries
    where
      event_id in (
        select
          id
        from
          old
      )
  )
delete from webhook_events
where
  id in (
    select
      id
    from
      old
  )

-- Plan:
-- ModifyTable on webhook_events
--   [CTE old] Limit
--     LockRows
--       Nested Loop
--         Index Scan by webhook_events_pkey on webhook_events
--         Index Scan by webhook_deliveries_event_id_endpoint_id_key on webhook_deliveries
--   [CTE deliveries] ModifyTable on webhook_deliveries
--     Nested Loop
--       Aggregate
--         CTE Scan
--       Index Scan by webhook_deliveries_event_id_endpoint_id_key on webhook_deliveries
--   Nested Loop
--     Aggregate
--       CTE Scan
--     Index Scan by webhook_events_pkey on webhook_events
