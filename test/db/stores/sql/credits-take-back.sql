with
  held as materialized (
    select
      p.account_id,
      p.taken_back,
      a.credits
    from
      credit_purchases p
      join accounts a on a.id = p.account_id
    where
      p.checkout_id = $1
    for no key update
  ),
  changed as materialized (
    select
      account_id,
      greatest(taken_back - $2::int, - greatest(credits, 0))::int as amount
    from
      held
    where
      taken_back <> $2::int
  ),
  noted as (
    update credit_purchases p
    set
      taken_back = p.taken_back - c.amount
    from
      changed c
    where
      p.checkout_id = $1
  ),
  moved as (
    update accounts a
    set
      credits = a.credits + c.amount
    from
      changed c
    where
      a.id = c.account_id
      and c.amount <> 0
    returning
      a.id,
      a.credits,
      c.amount
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
  $3::uuid,
  id,
  case
    when amount < 0 then 'debit'
    else 'grant'
  end,
  amount,
  credits,
  'purchase:' || $1::text || ':' || $3::uuid,
  $4::text
from
  moved
returning
  amount

-- Plan:
-- ModifyTable on credit_entries
--   [CTE held] LockRows
--     Nested Loop
--       Index Scan by credit_purchases_pkey on credit_purchases
--       Index Scan by accounts_pkey on accounts
--   [CTE changed] CTE Scan
--   [CTE noted] ModifyTable on credit_purchases
--     Nested Loop
--       Index Scan by credit_purchases_pkey on credit_purchases
--       CTE Scan
--   [CTE moved] ModifyTable on accounts
--     Nested Loop
--       CTE Scan
--       Index Scan by accounts_pkey on accounts
--   CTE Scan
