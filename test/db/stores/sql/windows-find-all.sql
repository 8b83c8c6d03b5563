select
  w.last_inbound_at as at
from
  unnest($1::uuid[], $2::text[], $3::uuid[]) with ordinality as c (account_id, address, session_id, n)
  left join contact_windows w using (account_id, address, session_id)
order by
  c.n

-- Plan:
-- Nested Loop
--   Function Scan
--   Index Scan by contact_windows_pkey on contact_windows
