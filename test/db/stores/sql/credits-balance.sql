select
  credits
from
  accounts
where
  id = $1

-- Plan:
-- Index Scan by accounts_pkey on accounts
