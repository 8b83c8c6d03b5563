select
  id
from
  callbacks
where
  id = any ($1::uuid[])
  and state = 'applied'

-- Plan:
-- Index Scan by callbacks_pkey on callbacks
