select
  session_id as "sessionId",
  count(*)::int as used,
  extract(
    epoch
    from
      min(started_at) + interval '24 hours' - now()
  )::float8 * 1000 as "nextInMs"
from
  device_chats
where
  session_id = any ($1::uuid[])
  and started_at > now() - interval '24 hours'
group by
  session_id

-- Plan:
-- Aggregate
--   Index Scan by device_chats_pkey on device_chats
