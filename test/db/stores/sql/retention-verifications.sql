delete from otp_verifications
where
  id in (
    select
      id
    from
      otp_verifications
    where
      id < $1
      and wake_at is null
    order by
      id
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on otp_verifications
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by otp_verifications_pkey on otp_verifications
--     Index Scan by otp_verifications_pkey on otp_verifications
