with
  due as (
    select
      id
    from
      callbacks
    where
      wake_at <= now()
    order by
      wake_at
    limit
      $1
    for update
      skip locked
  )
update callbacks c
set
  wake_at = now() + interval '30 seconds'
from
  due
where
  c.id = due.id
returning
  c.id,
  c.provider,
  c.session_id,
  c.body,
  c.received_at,
  c.wake_at

-- Plan:
-- ModifyTable on callbacks
--   [CTE due] Limit
--     LockRows
--       Index Scan by callbacks_wake_idx on callbacks
--   Nested Loop
--     CTE Scan
--     Index Scan by callbacks_pkey on callbacks
