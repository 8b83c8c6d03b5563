select
  account_id as "accountId",
  customer_id as "customerId",
  subscription_id as "subscriptionId",
  paid_plan as "paidPlan"
from
  billing_customers
where
  account_id = $1

-- Plan:
-- Index Scan by billing_customers_pkey on billing_customers
