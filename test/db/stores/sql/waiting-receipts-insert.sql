insert into
  waiting_receipts (
    account_id,
    external_id,
    status,
    provider,
    verified_by,
    event,
    wake_at
  )
select
  "accountId",
  "externalId",
  "status",
  "provider",
  "verifiedBy",
  "event",
  now() + interval '200 milliseconds'
from
  json_to_recordset($1::json) as x (
    "accountId" uuid,
    "externalId" text,
    "status" text,
    "provider" text,
    "verifiedBy" uuid,
    "event" jsonb
  )
order by
  1,
  2,
  3
on conflict (account_id, external_id, status) do nothing

-- Plan:
-- ModifyTable on waiting_receipts
--   Subquery Scan
--     Sort
--       Function Scan
