insert into
  webhook_endpoints (
    id,
    account_id,
    url,
    description,
    secret,
    events,
    session_ids,
    headers,
    rate_per_second,
    ordered,
    enabled,
    disabled_reason,
    disabled_at,
    created_at,
    updated_at,
    format,
    format_events
  )
select
  $1::uuid,
  $2::uuid,
  $3,
  $4,
  $5,
  $6::text[],
  $7::uuid[],
  $8,
  $9::int,
  $10::boolean,
  $11::boolean,
  $12,
  $13::timestamptz,
  $14::timestamptz,
  $14,
  $16,
  $17::text[]
where
  hermod_has_endpoint_place ($2, $15)
returning
  id

-- Plan:
-- ModifyTable on webhook_endpoints
--   Result
