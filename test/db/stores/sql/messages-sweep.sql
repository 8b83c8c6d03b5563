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
  wake_at = now() + case
    when m.status = 'processing' then interval '5 seconds'
    else greatest(
      interval '15 seconds',
      least(now() - m.due_at, interval '10 minutes')
    )
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
