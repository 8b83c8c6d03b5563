delete from otp_sends
where
  id in (
    select
      id
    from
      otp_sends
    where
      id < $1
    order by
      id
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on otp_sends
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by otp_sends_pkey on otp_sends
--     Index Scan by otp_sends_pkey on otp_sends
