delete from contact_windows
where
  (account_id, address, session_id) in (
    select
      account_id,
      address,
      session_id
    from
      contact_windows
    where
      last_inbound_at < $1
    order by
      last_inbound_at
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on contact_windows
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by contact_windows_last_inbound_at_idx on contact_windows
--     Memoize
--       Index Scan by contact_windows_pkey on contact_windows
