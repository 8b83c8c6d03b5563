with
  noted as (
    insert into
      billing_events (id, type)
    values
      ($1, $2)
    on conflict (id) do nothing
  ),
  before as materialized (
    select
      c.account_id,
      c.paid_plan,
      c.plan_before,
      a.plan,
      case $6::text
        when 'unknown' then c.paid_plan
        else $6::text
      end as buys
    from
      billing_customers c
      join accounts a on a.id = c.account_id
    where
      c.customer_id = $3
      and c.updated_at <= $7::timestamptz
    for no key update
  ),
  recorded as (
    update billing_customers c
    set
      subscription_id = coalesce($4::text, c.subscription_id),
      subscription_status = $5::text,
      paid_plan = b.buys,
      updated_at = $7::timestamptz,
      plan_before = case
        when b.paid_plan is null
        and b.buys is not null then b.plan
        else b.plan_before
      end
    from
      before b
    where
      c.account_id = b.account_id
  )
update accounts a
set
  plan = case
    when b.paid_plan is null then coalesce(b.buys, a.plan)
    when b.paid_plan = a.plan then coalesce(b.buys, b.plan_before)
    else a.plan
  end
from
  before b
where
  a.id = b.account_id
returning
  a.id as "accountId",
  a.plan

-- Plan:
-- ModifyTable on accounts
--   [CTE noted] ModifyTable on billing_events
--     Result
--   [CTE before] LockRows
--     Nested Loop
--       Index Scan by billing_customers_pkey on billing_customers
--       Index Scan by accounts_pkey on accounts
--   [CTE recorded] ModifyTable on billing_customers
--     Nested Loop
--       Index Scan by billing_customers_pkey on billing_customers
--       CTE Scan
--   Nested Loop
--     CTE Scan
--     Index Scan by accounts_pkey on accounts
