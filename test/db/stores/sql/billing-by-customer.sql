select
  account_id as "accountId",
  customer_id as "customerId",
  subscription_id as "subscriptionId",
  paid_plan as "paidPlan",
  clock_timestamp() as now
from
  billing_customers
where
  customer_id = $1

-- Plan:
-- Index Scan by billing_customers_customer_id_key on billing_customers
