insert into
  api_keys (
    id,
    account_id,
    name,
    mode,
    hash,
    hint,
    scopes,
    allowed_cidrs,
    expires_at,
    created_at,
    description
  )
values
  (
    $1::uuid,
    $2::uuid,
    $3,
    $4,
    $5::bytea,
    $6,
    $7::text[],
    $8::text[],
    $9::timestamptz,
    $10::timestamptz,
    $11
  )

-- Plan:
-- ModifyTable on api_keys
--   Result
