delete from waiting_receipts w using (
  select
    *
  from
    unnest($1::uuid[], $2::text[], $3::text[]) as n (account_id, external_id, status)
) n
where
  w.account_id = n.account_id
  and w.external_id = n.external_id
  and w.status = n.status

-- Plan:
-- ModifyTable on waiting_receipts
--   Nested Loop
--     Index Scan by waiting_receipts_pkey on waiting_receipts
--     Function Scan
