insert into
  callbacks (
    id,
    provider,
    session_id,
    body,
    received_at,
    wake_at
  )
select
  *
from
  unnest(
    $1::uuid[],
    $2::text[],
    $3::uuid[],
    $4::bytea[],
    $5::timestamptz[],
    $6::timestamptz[]
  )
on conflict (id) do nothing

-- Plan:
-- ModifyTable on callbacks
--   Function Scan
