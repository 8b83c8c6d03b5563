with
  uses as materialized (
    select
      k.id,
      u.count
    from
      unnest($1::uuid[], $2::bigint[]) as u (id, count)
      join api_keys k on k.id = u.id
    order by
      k.id
    for no key update of
      k
  )
update api_keys k
set
  last_used_at = now(),
  request_count = k.request_count + u.count
from
  uses u
where
  k.id = u.id

-- Plan:
-- ModifyTable on api_keys
--   [CTE uses] LockRows
--     Sort
--       Nested Loop
--         Function Scan
--         Index Scan by api_keys_pkey on api_keys
--   Nested Loop
--     CTE Scan
--     Index Scan by api_keys_pkey on api_keys
