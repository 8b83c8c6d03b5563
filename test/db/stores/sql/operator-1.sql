select
  a.id,
  a.name,
  a.email,
  a.plan,
  a.state,
  a.credits::float8 as credits,
  a.created_at as "createdAt",
  (
    select
      count(*)::int
    from
      api_keys k
    where
      k.account_id = a.id
      and k.revoked_at is null
  ) as keys
from
  accounts a
where
  (
    $1::uuid is null
    or a.id > $1
  )
  and (
    $3::uuid is null
    or a.id = $3
  )
order by
  a.id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by accounts_pkey on accounts
--     [SubPlan 1] Aggregate
--       Index Scan by api_keys_account_id_idx on api_keys
