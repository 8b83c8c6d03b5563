delete from otp_numbers
where
  (account_id, address) in (
    select
      account_id,
      address
    from
      otp_numbers
    where
      updated_at < $1
    order by
      updated_at
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on otp_numbers
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by otp_numbers_updated_at_idx on otp_numbers
--     Index Scan by otp_numbers_pkey on otp_numbers
