with
  input as materialized (
    select
      *
    from
      json_to_recordset($1::json) as x ("accountId" uuid, "externalId" text, "id" uuid)
  ),
  found as materialized (
    select distinct
      on (s.verification_id) s.verification_id,
      i."id"
    from
      input i
      join messages m on m.external_id = i."externalId"
      and m.account_id = i."accountId"
      and m.direction = 'outbound'
      join otp_sends s on s.message_id = m.id
    order by
      s.verification_id
  ),
  locked as materialized (
    select
      v.id
    from
      otp_verifications v
      join found f on f.verification_id = v.id
    order by
      v.id
    for update of
      v
  ),
  reported as (
    update otp_verifications v
    set
      reported_at = now(),
      status = case
        when v.status = 'pending' then 'canceled'
        else v.status
      end,
      ended_at = coalesce(v.ended_at, now()),
      sealed_code = null,
      wake_at = now()
    from
      found f
      join locked l on l.id = f.verification_id
    where
      v.id = l.id
      and v.reported_at is null
    returning
      v.id,
      v.account_id,
      v.service,
      v.address,
      v.prefix,
      v.client,
      v.country,
      f."id" as send_id
  )
insert into
  otp_sends (
    id,
    account_id,
    verification_id,
    service,
    address,
    prefix,
    client,
    country,
    kind,
    reasons,
    at
  )
select
  send_id,
  account_id,
  id,
  service,
  address,
  prefix,
  client,
  country,
  'report',
  array['reported_by_customers'],
  now()
from
  reported
returning
  id

-- Plan:
-- ModifyTable on otp_sends
--   [CTE input] Function Scan
--   [CTE found] Unique
--     Sort
--       Nested Loop
--         Nested Loop
--           CTE Scan
--           Index Scan by messages_external_idx on messages
--         Index Scan by otp_sends_message_idx on otp_sends
--   [CTE locked] LockRows
--     Nested Loop
--       CTE Scan
--       Index Scan by otp_verifications_pkey on otp_verifications
--   [CTE reported] ModifyTable on otp_verifications
--     Nested Loop
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_verifications_pkey on otp_verifications
--       CTE Scan
--   CTE Scan
