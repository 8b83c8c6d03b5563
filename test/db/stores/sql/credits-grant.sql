with
  balance as materialized (
    select
      id
    from
      accounts
    where
      id = $2
    for no key update
  ),
  topped as (
    update accounts
    set
      credits = credits + $3::int
    where
      id in (
        select
          id
        from
          balance
      )
      and not exists (
        select
        from
          credit_entries
        where
          account_id = $2
          and reference = $4::text
      )
    returning
      id,
      credits
  )
insert into
  credit_entries (
    id,
    account_id,
    kind,
    amount,
    balance,
    reference,
    note
  )
select
  $1::uuid,
  id,
  'grant',
  $3::int,
  credits,
  $4::text,
  $5::text
from
  topped
returning
  balance

-- Plan:
-- ModifyTable on credit_entries
--   [CTE balance] LockRows
--     Index Scan by accounts_pkey on accounts
--   [CTE topped] ModifyTable on accounts
--     [InitPlan 2] Index Only Scan by credit_entries_account_id_reference_key on credit_entries
--     Result
--       Nested Loop
--         Aggregate
--           CTE Scan
--         Index Scan by accounts_pkey on accounts
--   CTE Scan
