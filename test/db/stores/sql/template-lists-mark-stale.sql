update template_lists l
set
  told_at = $3
from
  (
    select distinct
      business,
      account
    from
      unnest($1::text[], $2::uuid[]) as n (business, account)
  ) n
where
  l.business_account_id = n.business
  and (
    n.account is null
    or l.account_id = n.account
  )
returning
  l.account_id as "accountId",
  l.business_account_id as "businessAccountId"

-- Plan:
-- ModifyTable on template_lists
--   Nested Loop
--     Index Scan by template_lists_business_account_id_idx on template_lists
--     Subquery Scan
--       Aggregate
--         Function Scan
