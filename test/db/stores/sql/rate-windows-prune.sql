delete from rate_windows
where
  key in (
    select
      key
    from
      rate_windows
    where
      ends_at < now()
    limit
      $1
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on rate_windows
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by rate_windows_ends_at_idx on rate_windows
--     Index Scan by rate_windows_pkey on rate_windows
