update template_lists l
set
  told_at = now()
from
  (
    select distinct
      account_id,
      business_id
    from
      unnest($1::uuid[], $2::text[]) as n (account_id, business_id)
  ) n
where
  l.account_id = n.account_id
  and l.business_account_id = n.business_id

-- Plan:
-- ModifyTable on template_lists
--   Nested Loop
--     Index Scan by template_lists_business_account_id_idx on template_lists
--     Subquery Scan
--       Aggregate
--         Function Scan
