with
  input as materialized (
    select
      *
    from
      json_to_record($1::json) as x (
        "id" uuid,
        "accountId" uuid,
        "service" text,
        "address" text,
        "prefix" text,
        "client" text,
        "country" text,
        "reasons" text[],
        "blockSeconds" int
      )
  ),
  blocked as (
    insert into
      otp_blocks (account_id, prefix, reason, until)
    select
      "accountId",
      "prefix",
      "reasons" [1],
      statement_timestamp() + "blockSeconds" * interval '1 second'
    from
      input
    where
      "blockSeconds" is not null
    on conflict (account_id, prefix) do update
    set
      reason = excluded.reason,
      until = excluded.until
  )
insert into
  otp_sends (
    id,
    account_id,
    service,
    address,
    prefix,
    client,
    country,
    kind,
    blocked,
    reasons,
    at
  )
select
  "id",
  "accountId",
  "service",
  "address",
  "prefix",
  "client",
  "country",
  'first',
  'enforced',
  "reasons",
  statement_timestamp()
from
  input i
where
  not exists (
    select
    from
      otp_sends s
    where
      s.account_id = i."accountId"
      and s.address = i."address"
      and s.at > statement_timestamp() - interval '1 minute'
      and s.blocked = 'enforced'
      and s.reasons = i."reasons"
  )

-- Plan:
-- ModifyTable on otp_sends
--   [CTE input] Function Scan
--   [CTE blocked] ModifyTable on otp_blocks
--     CTE Scan
--   Nested Loop
--     CTE Scan
--     Index Scan by otp_sends_account_id_address_at_idx on otp_sends
