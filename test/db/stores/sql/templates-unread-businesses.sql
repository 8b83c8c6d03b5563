select distinct
  on (s.account_id, s.business_account_id) s.account_id as "accountId",
  s.business_account_id as "businessAccountId",
  s.id as "sessionId"
from
  unnest($1::text[], $2::uuid[]) as n (business, account)
  join sessions s on s.business_account_id = n.business
  and s.business_account_id is not null
  and (
    n.account is null
    or s.account_id = n.account
  )
  and s.state <> 'removed'
where
  not exists (
    select
    from
      template_lists l
    where
      l.account_id = s.account_id
      and l.business_account_id = s.business_account_id
  )
order by
  s.account_id,
  s.business_account_id,
  s.id
limit
  $3

-- Plan:
-- Limit
--   Unique
--     Sort
--       Nested Loop
--         Nested Loop
--           Index Scan by sessions_business_account_idx on sessions
--           Function Scan
--         Index Scan by template_lists_business_account_id_idx on template_lists
