with
  late as (
    select
      id
    from
      messages
    where
      wake_at <= now()
    order by
      wake_at
    limit
      $1
    for update
      skip locked
  )
update messages m
set
  wake_at = case
    when m.status = 'processing' then now() + interval '5 seconds'
    when m.due_at > now() - interval '1 minute' then least(
      now() + greatest(interval '15 seconds', now() - m.due_at),
      m.due_at + interval '1 minute'
    )
    else now() + least(now() - m.due_at, interval '10 minutes')
  end
from
  late
where
  m.id = late.id
returning
  m.id,
  m.lane,
  m.attempt,
  case
    when m.status = 'processing'
    and m.unknown_at is null
    and m.content ? 'convert' then 'unprepared'
    when m.status = 'processing'
    and m.unknown_at is null then 'lease-lost'
    when m.status = 'processing' then 'settled'
    when m.expires_at <= now() then 'expired'
    when m.status = 'scheduled' then 'release'
    when m.due_at <= now() - interval '1 minute' then 'overdue'
    else 'enqueue'
  end as kind

-- Plan:
-- ModifyTable on messages
--   [CTE late] Limit
--     LockRows
--       Index Scan by messages_wake_idx on messages
--   Nested Loop
--     CTE Scan
--     Index Scan by messages_pkey on messages
