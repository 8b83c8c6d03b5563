with
  charged as (
    update accounts
    set
      credits = credits - $3::int
    where
      id = $2
      and credits >= $3::int
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
  'debit',
  - $3::int,
  credits,
  $4::text,
  $5::text
from
  charged
returning
  id

-- Plan:
-- ModifyTable on credit_entries
--   [CTE charged] ModifyTable on accounts
--     Index Scan by accounts_pkey on accounts
--   CTE Scan
