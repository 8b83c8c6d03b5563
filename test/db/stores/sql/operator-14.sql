with
  kept as (
    update billing_customers
    set
      plan_before = $2
    where
      account_id = $1
  )
update accounts a
set
  plan = $2
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
--   [CTE kept] ModifyTable on billing_customers
--     Index Scan by billing_customers_pkey on billing_customers
--   Index Scan by accounts_pkey on accounts
--   [SubPlan 2] Aggregate
--     Index Scan by api_keys_account_id_idx on api_keys
