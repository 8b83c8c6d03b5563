with
  input as materialized (
    select
      *
    from
      json_to_recordset($1::json) as x (
        "ord" int,
        "accountId" uuid,
        "id" uuid,
        "service" text,
        "address" text,
        "challenge" text,
        "hashes" json
      )
  ),
  target as materialized (
    select
      i."ord",
      i."hashes",
      v.id,
      v.account_id,
      v.address,
      row_number() over (
        partition by
          v.id
        order by
          i."ord"
      ) as turn
    from
      input i
      cross join lateral (
        select
          id,
          account_id,
          address
        from
          otp_verifications
        where
          id = i."id"
          and account_id = i."accountId"
        union all
        (
          select
            id,
            account_id,
            address
          from
            otp_verifications
          where
            i."id" is null
            and account_id = i."accountId"
            and address = i."address"
            and service = i."service"
            and challenge = i."challenge"
          order by
            status = 'pending' desc,
            created_at desc
          limit
            1
        )
      ) as v
  ),
  seen as materialized (
    select
      v.id,
      v.account_id,
      v.address,
      v.status,
      v.attempts,
      v.attempts_max,
      v.expires_at,
      v.code_key,
      t."hashes"
    from
      target t
      join otp_verifications v on v.id = t.id
    where
      t.turn = 1
    order by
      v.id
    for update of
      v
  ),
  number as materialized (
    select
      n.account_id,
      n.address,
      n.cooling_until
    from
      otp_numbers n
      join (
        select distinct
          account_id,
          address
        from
          seen
      ) as s using (account_id, address)
    order by
      n.account_id,
      n.address
    for update of
      n
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
                    json_to_recordset(s."hashes") as h ("keyId" text, "hash" text)
                  where
                    h."keyId" = v.code_key
                    and sha256(v.code_hash || $2::bytea) = sha256(
                      sha256(decode(h."hash", 'hex') || uuid_send (v.id)) || $2::bytea
                    )
                ) then 'verified'
                when v.attempts + 1 >= v.attempts_max then 'max_attempts'
              end as outcome
          ) as o
      )
    from
      seen s
      left join number n using (account_id, address)
    where
      v.id = s.id
      and s.status = 'pending'
      and s.expires_at > now()
      and s.attempts < s.attempts_max
      and (
        n.cooling_until is null
        or n.cooling_until <= now()
      )
      and exists (
        select
        from
          json_to_recordset(s."hashes") as h ("keyId" text)
        where
          h."keyId" = s.code_key
      )
    returning
      v.id,
      v.status,
      v.attempts,
      v.account_id,
      v.address
  ),
  counted as (
    update otp_numbers n
    set
      failures = case
        when j.won then 0
        else n.failures + j.wrong
      end,
      cooling_until = case
        when j.won then null
        when n.failures + j.wrong >= 100 then now() + interval '86400 seconds'
        when (n.failures + j.wrong) / 10 > n.failures / 10 then now() + interval '900 seconds'
        else n.cooling_until
      end,
      updated_at = now()
    from
      (
        select
          account_id,
          address,
          bool_or(status = 'verified') as won,
          (
            count(*) filter (
              where
                status <> 'verified'
            )
          )::int as wrong
        from
          judged
        group by
          1,
          2
      ) as j
    where
      n.account_id = j.account_id
      and n.address = j.address
  )
select
  t."ord",
  s.id,
  case
    when t.turn = 1 then coalesce(j.status, s.status)
    else s.status
  end as status,
  coalesce(j.attempts, s.attempts) as attempts,
  s.attempts_max as "attemptsMax",
  t.turn = 1
  and j.id is not null as judged,
  t.turn > 1
  and j.id is not null as deferred,
  s.expires_at <= now() as expired,
  coalesce(
    extract(
      epoch
      from
        n.cooling_until - now()
    )::float8 * 1000,
    0
  ) as "coolingMs",
  s.code_key as "codeKey"
from
  target t
  join seen s on s.id = t.id
  left join judged j on j.id = s.id
  left join number n on n.account_id = s.account_id
  and n.address = s.address

-- Plan:
-- Nested Loop
--   [CTE input] Function Scan
--   [CTE target] WindowAgg
--     Sort
--       Nested Loop
--         CTE Scan
--         Append
--           Index Scan by otp_verifications_pkey on otp_verifications
--           Subquery Scan
--             Limit
--               Sort
--                 Result
--                   Index Scan by otp_verifications_account_id_address_id_idx on otp_verifications
--   [CTE seen] LockRows
--     Nested Loop
--       CTE Scan
--       Index Scan by otp_verifications_pkey on otp_verifications
--   [CTE number] LockRows
--     Nested Loop
--       Subquery Scan
--         Unique
--           Sort
--             CTE Scan
--       Index Scan by otp_numbers_pkey on otp_numbers
--   [CTE judged] ModifyTable on otp_verifications
--     Nested Loop
--       Nested Loop
--         CTE Scan
--           [SubPlan 10] Function Scan
--         Index Scan by otp_verifications_pkey on otp_verifications
--       CTE Scan
--       [SubPlan 9] Result
--         [InitPlan 5] Function Scan
--         [InitPlan 6] Function Scan
--         [InitPlan 7] Function Scan
--         [InitPlan 8] Function Scan
--   [CTE counted] ModifyTable on otp_numbers
--     Nested Loop
--       Subquery Scan
--         Aggregate
--           Sort
--             CTE Scan
--       Index Scan by otp_numbers_pkey on otp_numbers
--   Nested Loop
--     Nested Loop
--       CTE Scan
--       CTE Scan
--     CTE Scan
--   CTE Scan
