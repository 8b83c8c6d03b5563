with
  due as materialized (
    select
      id
    from
      otp_verifications
    where
      wake_at <= now()
    order by
      wake_at
    limit
      $1
    for update
      skip locked
  ),
  claimed as (
    update otp_verifications v
    set
      wake_at = now() + interval '30 seconds'
    from
      due
    where
      v.id = due.id
    returning
      v.*
  )
select
  v.id,
  v.account_id as "accountId",
  v.service,
  v.address,
  v.challenge,
  case
    when v.status = 'pending'
    and v.expires_at <= now() then 'expired'
    else v.status
  end as status,
  v.test,
  v.attempts,
  v.attempts_max as "attemptsMax",
  v.sends,
  v.sends_max as "sendsMax",
  v.created_at as "createdAt",
  v.expires_at as "expiresAt",
  greatest(
    0,
    extract(
      epoch
      from
        v.expires_at - now()
    )::float8 * 1000
  ) as "expiresInMs",
  greatest(
    0,
    extract(
      epoch
      from
        v.resend_at - now()
    )::float8 * 1000
  ) as "resendInMs",
  case
    when v.status = 'pending'
    and v.expires_at <= now() then v.expires_at
    else v.ended_at
  end as "endedAt",
  v.reported_at as "reportedAt",
  v.converted,
  v.locale,
  v.country,
  v.senders[v.step + 1] as "sessionId",
  (
    select
      provider
    from
      sessions
    where
      id = v.senders[v.step + 1]
  ) as provider,
  v.message_id as "messageId",
  v.metadata,
  v.wording,
  v.callback_url as "callbackUrl",
  v.callback_format as "callbackFormat",
  v.key_id as "keyId",
  v.sealed_code as "sealedCode",
  v.prefix,
  v.client,
  v.locale_asked as "localeAsked",
  v.senders as "senderIds",
  v.step,
  v.fallback_seconds as "fallbackSeconds",
  v.told,
  v.wake_at::text as claim,
  coalesce(
    (
      select
        extract(
          epoch
          from
            now() - max(s.at)
        )::float8 * 1000
      from
        otp_sends s
      where
        s.verification_id = v.id
        and s.message_id is not null
    ),
    0
  ) as "sentAgoMs",
  coalesce(
    (
      select
        json_agg(
          json_build_object(
            'id',
            s.message_id,
            'status',
            m.status,
            'step',
            s.step
          )
          order by
            s.id
        )
      from
        otp_sends s
        left join messages m on m.id = s.message_id
      where
        s.verification_id = v.id
        and s.message_id is not null
    ),
    '[]'
  ) as messages
from
  claimed v

-- Plan:
-- CTE Scan
--   [CTE due] Limit
--     LockRows
--       Index Scan by otp_verifications_wake_idx on otp_verifications
--   [CTE claimed] ModifyTable on otp_verifications
--     Nested Loop
--       CTE Scan
--       Index Scan by otp_verifications_pkey on otp_verifications
--   [SubPlan 3] Index Scan by sessions_pkey on sessions
--   [SubPlan 4] Aggregate
--     Index Scan by otp_sends_verification_idx on otp_sends
--   [SubPlan 5] Aggregate
--     Sort
--       Nested Loop
--         Index Scan by otp_sends_verification_idx on otp_sends
--         Index Scan by messages_pkey on messages
