select
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
from
  devices d
where
  session_id = any ($1::uuid[])

-- Plan:
-- Index Scan by devices_pkey on devices
