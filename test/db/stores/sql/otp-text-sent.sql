insert into
  otp_sends (
    id,
    account_id,
    message_id,
    service,
    address,
    prefix,
    client,
    country,
    kind,
    step,
    blocked,
    reasons,
    at,
    confirm_by
  )
select
  "id",
  "accountId",
  "messageId",
  "service",
  "address",
  "prefix",
  "client",
  "country",
  'first',
  0,
  case
    when cardinality("shadow") > 0 then 'shadow'
  end,
  "shadow",
  statement_timestamp(),
  "confirmBy"
from
  json_to_record($1::json) as x (
    "id" uuid,
    "accountId" uuid,
    "messageId" uuid,
    "service" text,
    "address" text,
    "prefix" text,
    "client" text,
    "country" text,
    "shadow" text[],
    "confirmBy" timestamptz
  )

-- Plan:
-- ModifyTable on otp_sends
--   Function Scan
