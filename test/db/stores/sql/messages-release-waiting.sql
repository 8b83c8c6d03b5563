with
  waiting as materialized (
    select
      id,
      seq
    from
      messages
    where
      session_id = $1
      and status in ('queued', 'processing', 'retrying')
      and status = 'queued'
      and (
        waiting_for = any ($4::text[])
        or (
          $3
          and due_at <= now()
        )
      )
    order by
      seq
    limit
      $2
    for update
      skip locked
  )
update messages m
set
  rev = m.rev + 1,
  due_at = least(m.due_at, now()),
  waiting_for = null,
  wake_at = now() + interval '10 seconds'
from
  waiting w
where
  m.id = w.id
returning
  m.id,
  m.lane

-- Plan:
-- ModifyTable on messages
--   [CTE waiting] Limit
--     LockRows
--       Sort
--         Index Scan by messages_chain_idx on messages
--   Nested Loop
--     CTE Scan
--     Index Scan by messages_pkey on messages
