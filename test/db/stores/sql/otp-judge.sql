with
  target as materialized (
    select
      id,
      account_id,
      address
    from
      otp_verifications
    where
      id = $2
      and account_id = $1
    union all
    (
      select
        id,
        account_id,
        address
      from
        otp_verifications
      where
        $2::uuid is null
        and account_id = $1
        and address = $4
        and service = $3
        and challenge = $5
      order by
        id desc
      limit
        1
    )
  ),
  number as materialized (
    select
      n.account_id,
      n.address,
      n.failures,
      n.cooling_until
    from
      target t
      join otp_numbers n on n.account_id = t.account_id
      and n.address = t.address
    for update of
      n
  ),
  seen as materialized (
    select
      v.id,
      v.status,
      v.attempts,
      v.attempts_max,
      v.expires_at,
      v.code_key,
      n.cooling_until
    from
      target t
      left join number n on true
      join otp_verifications v on v.id = t.id
    for update of
      v
  ),
  judged as (
    update otp_verifications v
    set
      (attempts, status, ended_at, sealed_code, wake_at) = (
        select
          v.attempts + 1,
          coalesce(o.outcome, v.status),
          case
            when o.outcome is not null then now()
          end,
          case
            when o.outcome is null then v.sealed_code
          end,
          case
            when o.outcome is null then v.wake_at
            else now()
          end
        from
          (
            select
              case
                when exists (
                  select
                  from
                    unnest($7::text[], $8::bytea[]) as d (key, digest)
                  where
                    d.key = v.code_key
                    and d.digest = sha256(v.code_hash || $6::bytea)
                ) then 'verified'
                when v.attempts + 1 >= v.attempts_max then 'max_attempts'
              end as outcome
          ) as o
      )
    from
      seen s
    where
      v.id = s.id
      and s.status = 'pending'
      and s.expires_at > now()
      and s.attempts < s.attempts_max
      and (
        s.cooling_until is null
        or s.cooling_until <= now()
      )
      and s.code_key = any ($7::text[])
    returning
      v.id,
      v.status,
      v.attempts
  ),
  counted as (
    update otp_numbers n
    set
      failures = case j.status
        when 'verified' then 0
        else n.failures + 1
      end,
      cooling_until = case
        when j.status = 'verified' then null
        when n.failures + 1 >= 100 then now() + interval '86400 seconds'
        when (n.failures + 1) % 10 = 0 then now() + interval '900 seconds'
        else n.cooling_until
      end,
      updated_at = now()
    from
      judged j,
      target t
    where
      n.account_id = t.account_id
      and n.address = t.address
  )
select
  s.id,
  coalesce(j.status, s.status) as status,
  coalesce(j.attempts, s.attempts) as attempts,
  s.attempts_max as "attemptsMax",
  j.id is not null as judged,
  s.expires_at <= now() as expired,
  coalesce(
    extract(
      epoch
      from
        s.cooling_until - now()
    )::float8 * 1000,
    0
  ) as "coolingMs",
  s.code_key as "codeKey"
from
  seen s
  left join judged j on j.id = s.id

-- Plan:
-- Nested Loop
--   [CTE target] Append
--     Index Scan by otp_verifications_pkey on otp_verifications
--     Limit
--       Result
--         Index Scan by otp_verifications_account_id_address_id_idx on otp_verifications
--   [CTE number] LockRows
--     Nested Loop
--       CTE Scan
--       Index Scan by otp_numbers_pkey on otp_numbers
--   [CTE seen] LockRows
--     Nested Loop
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_verifications_pkey on otp_verifications
--       CTE Scan
--   [CTE judged] ModifyTable on otp_verifications
--     Nested Loop
--       CTE Scan
--       Index Scan by otp_verifications_pkey on otp_verifications
--       [SubPlan 8] Result
--         [InitPlan 4] Function Scan
--         [InitPlan 5] Function Scan
--         [InitPlan 6] Function Scan
--         [InitPlan 7] Function Scan
--   [CTE counted] ModifyTable on otp_numbers
--     Nested Loop
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_numbers_pkey on otp_numbers
--       CTE Scan
--   CTE Scan
--   CTE Scan
