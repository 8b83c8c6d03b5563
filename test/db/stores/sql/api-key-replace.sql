with
  replaced as (
    update api_keys
    set
      revoked_at = $10
    where
      id = $12
      and account_id = $2
      and revoked_at is null
    returning
      id
  )
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
select
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
from
  replaced
returning
  id

-- Plan:
-- ModifyTable on api_keys
--   [CTE replaced] ModifyTable on api_keys
--     Index Scan by api_keys_pkey on api_keys
--   CTE Scan
