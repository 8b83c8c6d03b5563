delete from idempotency_keys
where
  (account_id, key) in (
    select
      account_id,
      key
    from
      idempotency_keys
    where
      expires_at < now()
    limit
      $1
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on idempotency_keys
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by idempotency_keys_expires_at_idx on idempotency_keys
--     Index Scan by idempotency_keys_pkey on idempotency_keys
