update messages
set
  read_at = coalesce(read_at, now())
where
  id = $1
  and account_id = $2
  and direction = 'inbound'
returning
  read_at as "readAt"

-- Plan:
-- ModifyTable on messages
--   Index Scan by messages_pkey on messages
