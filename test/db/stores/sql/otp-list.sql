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
  v.callback_format as "callbackFormat"
from
  otp_verifications v
where
  v.account_id = $1
  and v.id >= coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')
  and v.id < coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  and (
    $2::text is null
    or v.service = $2
  )
  and (
    $3::text is null
    or $3 = case
      when v.status = 'pending'
      and v.expires_at <= now() then 'expired'
      else v.status
    end
  )
order by
  v.id desc
limit
  $6

-- Plan:
-- Limit
--   Index Scan by otp_verifications_pkey on otp_verifications
--     [SubPlan 1] Index Scan by sessions_pkey on sessions
