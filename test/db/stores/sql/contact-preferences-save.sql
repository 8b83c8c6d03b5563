insert into
  contact_preferences as p (
    account_id,
    address,
    session_id,
    category,
    value,
    changed_at
  )
select distinct
  on ("accountId", "address", "sessionId", "category") "accountId",
  "address",
  "sessionId",
  "category",
  "value",
  "at"
from
  json_to_recordset($1::json) as x (
    "accountId" uuid,
    "address" text,
    "sessionId" uuid,
    "category" text,
    "value" text,
    "at" timestamptz
  )
order by
  "accountId",
  "address",
  "sessionId",
  "category",
  "at" desc
on conflict (account_id, address, session_id, category) do update
set
  value = excluded.value,
  changed_at = excluded.changed_at
where
  p.changed_at <= excluded.changed_at

-- Plan:
-- ModifyTable on contact_preferences
--   Subquery Scan
--     Unique
--       Sort
--         Function Scan
