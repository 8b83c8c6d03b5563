insert into
  billing_customers as c (account_id, customer_id, plan_before)
select
  id,
  $2,
  plan
from
  accounts
where
  id = $1
on conflict (account_id) do update
set
  customer_id = case
    when c.customer_id = $3 then excluded.customer_id
    else c.customer_id
  end
returning
  customer_id as "customerId"

-- Plan:
-- ModifyTable on billing_customers
--   Index Scan by accounts_pkey on accounts
