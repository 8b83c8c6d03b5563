update devices d
set
  since = case
    when case
      when $5::jsonb ? 'state' then $5::jsonb ->> 'state'
      else state
    end <> state then now()
    else since
  end,
  state = case
    when $5::jsonb ? 'state' then $5::jsonb ->> 'state'
    else state
  end,
  reason = case
    when $5::jsonb ? 'reason' then $5::jsonb ->> 'reason'
    else reason
  end,
  next_retry_at = case
    when $5::jsonb ? 'nextRetryInMs' then now() + ($5::jsonb ->> 'nextRetryInMs')::float8 * interval '1 millisecond'
    else next_retry_at
  end,
  phone = case
    when $5::jsonb ? 'phone' then $5::jsonb ->> 'phone'
    else phone
  end,
  push_name = case
    when $5::jsonb ? 'pushName' then $5::jsonb ->> 'pushName'
    else push_name
  end,
  pairing = case
    when $5::jsonb ? 'pairing' then $5::jsonb -> 'pairing' ->> 'encrypted'
    else pairing
  end,
  pairing_until = case
    when $5::jsonb ? 'pairing' then now() + ($5::jsonb -> 'pairing' ->> 'forMs')::float8 * interval '1 millisecond'
    else pairing_until
  end,
  restricted_until = case
    when $5::jsonb ? 'restrictedUntil' then ($5::jsonb ->> 'restrictedUntil')::timestamptz
    else restricted_until
  end,
  wanted = case
    when $5::jsonb ? 'unwanted' then false
    else wanted
  end,
  purpose = case
    when $5::jsonb ? 'purpose' then $5::jsonb ->> 'purpose'
    else purpose
  end,
  last_seen_at = case
    when $5::jsonb ->> 'state' = 'connected' then now()
    else last_seen_at
  end,
  rev = rev + 1
where
  session_id = $1
  and owner_id = $2
  and fence = $3::bigint
  and command = $4
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
--   Index Scan by devices_owner_id_idx on devices
