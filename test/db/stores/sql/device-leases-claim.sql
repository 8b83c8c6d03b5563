with
  free as materialized (
    select
      session_id
    from
      devices
    where
      wanted
      and (
        lease_until is null
        or lease_until < now()
      )
    order by
      lease_until nulls first
    limit
      $2
    for update
      skip locked
  )
update devices d
set
  owner_id = $1,
  fence = d.fence + 1,
  lease_until = now() + $3 * interval '1 millisecond',
  since = case
    when d.state = 'connected' then now()
    else d.since
  end,
  state = case
    when d.state = 'connected' then 'connecting'
    else d.state
  end,
  rev = d.rev + 1
from
  free f
where
  d.session_id = f.session_id
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
--   [CTE free] Limit
--     LockRows
--       Index Scan by devices_wanted_idx on devices
--   Nested Loop
--     Index Scan by devices_pkey on devices
--     CTE Scan
