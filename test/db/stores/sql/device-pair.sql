insert into
  devices as d (
    session_id,
    account_id,
    wanted,
    purpose,
    command,
    state,
    since,
    pairing_method,
    pairing_phone,
    pairing_until,
    rev
  )
values
  (
    $1,
    $2,
    true,
    'pair',
    1,
    'pairing',
    now(),
    $3,
    $4,
    now() + $5 * interval '1 millisecond',
    1
  )
on conflict (session_id) do update
set
  wanted = true,
  purpose = 'pair',
  command = d.command + 1,
  state = 'pairing',
  since = now(),
  reason = null,
  next_retry_at = null,
  restricted_until = null,
  pairing_method = excluded.pairing_method,
  pairing_phone = excluded.pairing_phone,
  pairing = null,
  pairing_until = excluded.pairing_until,
  rev = d.rev + 1
where
  d.state in (
    'unpaired',
    'pairing',
    'logged_out',
    'replaced',
    'banned'
  )
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
--   Result
