with
  worker as (
    insert into
      device_workers (id, alive_until)
    values
      ($1, now() + $3 * interval '1 millisecond')
    on conflict (id) do update
    set
      alive_until = excluded.alive_until
  )
update devices d
set
  lease_until = now() + $3 * interval '1 millisecond',
  last_seen_at = case
    when d.state = 'connected' then now()
    else d.last_seen_at
  end
from
  json_to_recordset($2::json) as x ("sessionId" uuid, fence text)
where
  d.session_id = x."sessionId"
  and d.owner_id = $1
  and d.fence = x.fence::bigint
returning
  d.session_id as "sessionId",
  d.account_id as "accountId",
  d.wanted,
  d.purpose,
  d.command,
  d.state,
  d.since,
  d.phone,
  d.push_name as "pushName",
  d.last_seen_at as "lastSeenAt",
  d.reason,
  d.next_retry_at as "nextRetryAt",
  d.restricted_until as "restrictedUntil",
  d.pairing_method as "pairingMethod",
  d.pairing_phone as "pairingPhone",
  d.pairing,
  d.pairing_until as "pairingUntil",
  case
    when d.lease_until > now() then d.owner_id
  end as "ownerId",
  d.fence::text as fence,
  d.rev

-- Plan:
-- ModifyTable on devices
--   [CTE worker] ModifyTable on device_workers
--     Result
--   Nested Loop
--     Index Scan by devices_pkey on devices
--     Function Scan
