select
  v.id,
  v.code_hash as "codeHash",
  v.code_key as "codeKey",
  v.sealed_code as "sealedCode",
  v.sends,
  v.sends_max as "sendsMax",
  extract(
    epoch
    from
      v.expires_at - statement_timestamp()
  )::float8 * 1000 as "expiresInMs",
  extract(
    epoch
    from
      v.resend_at - statement_timestamp()
  )::float8 * 1000 as "resendInMs",
  not exists (
    select
    from
      messages m
    where
      m.id = v.message_id
      and m.status not in ('failed', 'expired', 'canceled')
  ) as undelivered,
  coalesce(
    (
      select
        k.mode
      from
        api_keys k
      where
        k.id = v.key_id
    ),
    'live'
  ) as "keyMode"
from
  otp_verifications v
where
  v.account_id = $1
  and v.service = $2
  and v.address = $3
  and v.challenge = $4
  and v.status = 'pending'
for update

-- Plan:
-- LockRows
--   Index Scan by otp_verifications_pending_key on otp_verifications
--     [SubPlan 1] Index Scan by messages_pkey on messages
--     [SubPlan 3] Index Scan by api_keys_pkey on api_keys
