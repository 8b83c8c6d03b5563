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
        "challenge" text,
        "codeHash" text,
        "codeKey" text,
        "sealedCode" text,
        "test" boolean,
        "attemptsMax" int,
        "sendsMax" int,
        "lifeSeconds" int,
        "waitSeconds" int,
        "localeAsked" text,
        "locale" text,
        "country" text,
        "prefix" text,
        "client" text,
        "senders" uuid[],
        "step" int,
        "fallbackSeconds" int,
        "messageId" uuid,
        "keyId" uuid,
        "metadata" jsonb,
        "wording" jsonb,
        "callbackUrl" text,
        "callbackFormat" text,
        "shadow" text[],
        "sendId" uuid,
        "createdAt" timestamptz
      )
  ),
  timed as (
    select
      *,
      "createdAt" + "lifeSeconds" * interval '1 second' as "expiresAt"
    from
      input
  ),
  opened as (
    insert into
      otp_verifications (
        id,
        account_id,
        service,
        address,
        challenge,
        code_hash,
        code_key,
        sealed_code,
        test,
        attempts_max,
        sends_max,
        created_at,
        expires_at,
        resend_at,
        locale_asked,
        locale,
        country,
        prefix,
        client,
        senders,
        step,
        fallback_seconds,
        message_id,
        key_id,
        metadata,
        wording,
        callback_url,
        callback_format,
        wake_at
      )
    select
      "id",
      "accountId",
      "service",
      "address",
      "challenge",
      decode("codeHash", 'hex'),
      "codeKey",
      "sealedCode",
      "test",
      "attemptsMax",
      "sendsMax",
      "createdAt",
      "expiresAt",
      "createdAt" + "waitSeconds" * interval '1 second',
      "localeAsked",
      "locale",
      "country",
      "prefix",
      "client",
      "senders",
      "step",
      "fallbackSeconds",
      "messageId",
      "keyId",
      nullif("metadata", 'null'),
      nullif("wording", 'null'),
      "callbackUrl",
      "callbackFormat",
      case
        when "step" + 1 < cardinality("senders") then least(
          "expiresAt",
          statement_timestamp() + "fallbackSeconds" * interval '1 second'
        )
        else "expiresAt"
      end
    from
      timed
  ),
  number as (
    insert into
      otp_numbers (account_id, address, updated_at)
    select
      "accountId",
      "address",
      now()
    from
      input
    on conflict (account_id, address) do update
    set
      updated_at = excluded.updated_at
  )
insert into
  otp_sends (
    id,
    account_id,
    verification_id,
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
    at
  )
select
  "sendId",
  "accountId",
  "id",
  "messageId",
  "service",
  "address",
  "prefix",
  "client",
  "country",
  'first',
  "step",
  case
    when cardinality("shadow") > 0 then 'shadow'
  end,
  "shadow",
  statement_timestamp()
from
  input

-- Plan:
-- ModifyTable on otp_sends
--   [CTE input] Function Scan
--   [CTE opened] ModifyTable on otp_verifications
--     CTE Scan
--   [CTE number] ModifyTable on otp_numbers
--     CTE Scan
--   CTE Scan
