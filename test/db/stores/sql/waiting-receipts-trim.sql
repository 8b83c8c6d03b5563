with
  crowded as materialized (
    select
      account_id
    from
      waiting_receipts
    group by
      account_id
    having
      count(*) > $1
  )
delete from waiting_receipts w using crowded c
where
  w.account_id = c.account_id
  and w.created_at < (
    select
      x.created_at
    from
      waiting_receipts x
    where
      x.account_id = c.account_id
    order by
      x.created_at desc
    offset
      $1
    limit
      1
  )
returning
  w.external_id as id

-- Plan:
-- ModifyTable on waiting_receipts
--   [CTE crowded] Aggregate
--     Index Only Scan by waiting_receipts_account_id_created_at_idx on waiting_receipts
--   Nested Loop
--     Index Scan by waiting_receipts_account_id_created_at_idx on waiting_receipts
--     CTE Scan
--     [SubPlan 2] Limit
--       Index Only Scan by waiting_receipts_account_id_created_at_idx on waiting_receipts
