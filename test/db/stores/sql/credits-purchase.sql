select
  checkout_id as "checkoutId",
  account_id as "accountId",
  payment_intent_id as "paymentIntentId",
  credits
from
  credit_purchases
where
  payment_intent_id = $1

-- Plan:
-- Index Scan by credit_purchases_payment_intent_id_key on credit_purchases
