select
  nullif(sealed, '') as sealed
from
  messages
where
  id = $1
  and account_id = $2

-- Plan:
-- Index Scan by messages_pkey on messages
