update accounts a
set
  state = $2
where
  a.id = $1
returning
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

-- Plan:
-- ModifyTable on accounts
--   Index Scan by accounts_pkey on accounts
--   [SubPlan 1] Aggregate
--     Index Scan by api_keys_account_id_idx on api_keys
