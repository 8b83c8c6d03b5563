insert into
  webhook_endpoints (
    id,
    account_id,
    url,
    secret,
    events,
    enabled,
    is_default,
    created_at,
    updated_at
  )
values
  (
    $1,
    $2,
    $3,
    $4,
    array['message.status_updated'],
    true,
    true,
    $5,
    $5
  )
on conflict (account_id)
where
  is_default do update
set
  url = excluded.url,
  secret = excluded.secret,
  old_secrets = '[]',
  events = excluded.events,
  session_ids = '{}',
  enabled = true,
  disabled_reason = null,
  disabled_at = null,
  failing_since = null,
  breaker_until = null,
  breaker_trips = 0,
  updated_at = excluded.updated_at

-- Plan:
-- ModifyTable on webhook_endpoints
--   Result
