update templates t
set
  status = n.status,
  reason = n.reason,
  updated_at = n.at
from
  unnest(
    $1::text[],
    $2::uuid[],
    $3::text[],
    $4::text[],
    $5::text[],
    $6::text[],
    $7::timestamptz[]
  ) as n (
    business,
    account,
    name,
    language,
    status,
    reason,
    at
  )
  join template_lists l on l.business_account_id = n.business
  and (
    n.account is null
    or l.account_id = n.account
  )
  join templates old on old.account_id = l.account_id
  and old.business_account_id = l.business_account_id
  and old.name = n.name
  and old.language = n.language
where
  t.account_id = old.account_id
  and t.business_account_id = old.business_account_id
  and t.name = old.name
  and t.language = old.language
  and n.status is not null
  and t.updated_at <= n.at
returning
  t.account_id as "accountId",
  t.business_account_id as "businessAccountId",
  t.name,
  t.language,
  old.status as was,
  t.status as "is",
  t.reason

-- Plan:
-- ModifyTable on templates
--   Nested Loop
--     Nested Loop
--       Nested Loop
--         Index Scan by template_lists_business_account_id_idx on template_lists
--         Function Scan
--       Index Scan by templates_pkey on templates
--     Index Scan by templates_pkey on templates
