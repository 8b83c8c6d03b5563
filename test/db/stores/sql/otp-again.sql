with
  input as materialized (
    select
      *
    from
      json_to_record($1::json) as x (
        "verificationId" uuid,
        "sendId" uuid,
        "messageId" uuid,
        "kind" text,
        "waitSeconds" int,
        "locale" text,
        "client" text,
        "senders" uuid[],
        "step" int,
        "shadow" text[],
        "codeHash" text,
        "codeKey" text,
        "sealedCode" text,
        "lifeSeconds" int,
        "wording" jsonb,
        "callbackUrl" text,
        "callbackFormat" text
      )
  ),
  timed as (
    select
      i.*,
      coalesce(
        statement_timestamp() + "lifeSeconds" * interval '1 second',
        v.expires_at
      ) as "expiresAt"
    from
      input i
      join otp_verifications v on v.id = i."verificationId"
  ),
  changed as (
    update otp_verifications v
    set
      message_id = i."messageId",
      locale = i."locale",
      senders = i."senders",
      step = i."step",
      client = coalesce(i."client", v.client),
      wording = coalesce(nullif(i."wording", 'null'), v.wording),
      callback_url = coalesce(i."callbackUrl", v.callback_url),
      callback_format = coalesce(i."callbackFormat", v.callback_format),
      sends = v.sends + case i."kind"
        when 'fallback' then 0
        else 1
      end,
      resend_at = case i."kind"
        when 'fallback' then v.resend_at
        else statement_timestamp() + i."waitSeconds" * interval '1 second'
      end,
      code_hash = coalesce(decode(i."codeHash", 'hex'), v.code_hash),
      code_key = coalesce(i."codeKey", v.code_key),
      sealed_code = coalesce(i."sealedCode", v.sealed_code),
      expires_at = i."expiresAt",
      wake_at = case
        when i."step" + 1 < cardinality(i."senders") then least(
          i."expiresAt",
          statement_timestamp() + v.fallback_seconds * interval '1 second'
        )
        else i."expiresAt"
      end
    from
      timed i
    where
      v.id = i."verificationId"
      and v.status = 'pending'
      and v.expires_at > statement_timestamp()
      and (
        i."kind" <> 'fallback'
        or v.step < i."step"
      )
    returning
      v.id,
      v.account_id,
      v.service,
      v.address,
      v.prefix,
      v.client,
      v.country,
      v.expires_at
  ),
  logged as (
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
      c.account_id,
      c.id,
      "messageId",
      c.service,
      c.address,
      c.prefix,
      c.client,
      c.country,
      "kind",
      "step",
      case
        when cardinality("shadow") > 0 then 'shadow'
      end,
      "shadow",
      statement_timestamp()
    from
      input,
      changed c
  )
select
  expires_at as "expiresAt"
from
  changed

-- Plan:
-- CTE Scan
--   [CTE input] Function Scan
--   [CTE changed] ModifyTable on otp_verifications
--     Nested Loop
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_verifications_pkey on otp_verifications
--       Index Scan by otp_verifications_pkey on otp_verifications
--   [CTE logged] ModifyTable on otp_sends
--     Nested Loop
--       CTE Scan
--       CTE Scan
