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
  booked as (
    insert into
      credit_purchases (
        checkout_id,
        account_id,
        payment_intent_id,
        credits
      )
    select
      $1::text,
      id,
      $3::text,
      $4::int
    from
      balance
    on conflict (checkout_id) do nothing
    returning
      account_id
  ),
  topped as (
    update accounts
    set
      credits = credits + $4::int
    where
      id in (
        select
          account_id
        from
          booked
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
  $5::uuid,
  id,
  'grant',
  $4::int,
  credits,
  'purchase:' || $1::text,
  $6::text
from
  topped
returning
  id

-- Plan:
-- ModifyTable on credit_entries
--   [CTE balance] LockRows
--     Index Scan by accounts_pkey on accounts
--   [CTE booked] ModifyTable on credit_purchases
--     CTE Scan
--   [CTE topped] ModifyTable on accounts
--     Nested Loop
--       Aggregate
--         CTE Scan
--       Index Scan by accounts_pkey on accounts
--   CTE Scan
