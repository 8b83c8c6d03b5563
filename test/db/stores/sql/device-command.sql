update devices d
set
  wanted = $2,
  purpose = $3,
  command = command + 1,
  state = $4,
  since = now(),
  reason = $5,
  next_retry_at = null,
  pairing = null,
  pairing_until = null,
  rev = rev + 1
where
  session_id = $1
  and state = any ($6::text[])
  and purpose <> 'logout'
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
--   Index Scan by devices_pkey on devices
