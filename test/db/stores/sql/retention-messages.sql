with
  old as (
    select
      id
    from
      messages
    where
      id < $1
      and wake_at is null
    order by
      id
    limit
      $2
    for update
      skip locked
  ),
  entries as (
    delete from message_events
    where
      message_id in (
        select
          id
        from
          old
      )
  ),
  attempts as (
    delete from provider_attempts
    where
      message_id in (
        select
          id
        from
          old
      )
  )
delete from messages
where
  id in (
    select
      id
    from
      old
  )

-- Plan:
-- ModifyTable on messages
--   [CTE old] Limit
--     LockRows
--       Index Scan by messages_pkey on messages
--   [CTE entries] ModifyTable on message_events
--     Nested Loop
--       Aggregate
--         CTE Scan
--       Index Scan by message_events_pkey on message_events
--   [CTE attempts] ModifyTable on provider_attempts
--     Nested Loop
--       Aggregate
--         CTE Scan
--       Index Scan by provider_attempts_pkey on provider_attempts
--   Nested Loop
--     Aggregate
--       CTE Scan
--     Index Scan by messages_pkey on messages
