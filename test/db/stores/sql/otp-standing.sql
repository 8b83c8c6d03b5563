select
  coalesce(
    (
      select
        extract(
          epoch
          from
            cooling_until - statement_timestamp()
        )::float8 * 1000
      from
        otp_numbers
      where
        account_id = $1
        and address = $2
    ),
    0
  ) as "coolingMs",
  coalesce(
    (
      select
        extract(
          epoch
          from
            until - statement_timestamp()
        )::float8 * 1000
      from
        otp_blocks
      where
        account_id = $1
        and prefix = $3
    ),
    0
  ) as "blockedMs",
  coalesce(
    (
      select
        json_agg(
          json_build_object(
            'kind',
            l.kind,
            'retryMs',
            extract(
              epoch
              from
                s.at + l.seconds * interval '1 second' - statement_timestamp()
            )::float8 * 1000
          )
        )
      from
        json_to_recordset($5::json) as l (kind text, max int, seconds int)
        cross join lateral (
          (
            select
              at
            from
              otp_sends
            where
              l.kind = 'number'
              and account_id = $1
              and address = $2
              and at > statement_timestamp() - l.seconds * interval '1 second'
              and blocked is distinct from 'enforced'
              and otp_sends.kind not in ('fallback', 'report')
            order by
              at desc
            offset
              l.max - 1
            limit
              1
          )
          union all
          (
            select
              at
            from
              otp_sends
            where
              l.kind = 'prefix'
              and account_id = $1
              and prefix = $3
              and at > statement_timestamp() - l.seconds * interval '1 second'
              and blocked is distinct from 'enforced'
              and otp_sends.kind <> 'fallback'
            order by
              at desc
            offset
              l.max - 1
            limit
              1
          )
          union all
          (
            select
              at
            from
              otp_sends
            where
              l.kind = 'client'
              and account_id = $1
              and client = $4
              and at > statement_timestamp() - l.seconds * interval '1 second'
              and blocked is distinct from 'enforced'
              and otp_sends.kind <> 'fallback'
            order by
              at desc
            offset
              l.max - 1
            limit
              1
          )
        ) as s
    ),
    '[]'
  ) as limits,
  (
    select
      count(distinct address)::int
    from
      otp_sends
    where
      account_id = $1
      and prefix = $3
      and at > statement_timestamp() - interval '10 minutes'
      and kind = 'first'
      and blocked is distinct from 'enforced'
      and address <> $2
      and length(address) = length($2)
      and abs(address::numeric - $2::numeric) <= 10
  ) as neighbours,
  history.ended,
  history.verified,
  date_trunc('milliseconds', statement_timestamp()) as at,
  (
    select
      count(*)::int
    from
      otp_sends
    where
      account_id = $1
      and prefix = $3
      and kind = 'report'
      and at > statement_timestamp() - interval '1 day'
  ) as reports
from
  (
    select
      count(*)::int as ended,
      (
        count(*) filter (
          where
            v.status = 'verified'
        )
      )::int as verified
    from
      (
        select
          verification_id
        from
          otp_sends
        where
          account_id = $1
          and prefix = $3
          and at > statement_timestamp() - interval '1 day'
          and kind = 'first'
          and blocked is distinct from 'enforced'
        order by
          at desc
        limit
          100
      ) as s
      join otp_verifications v on v.id = s.verification_id
      and v.status <> 'pending'
  ) as history

-- Plan:
-- Subquery Scan
--   [InitPlan 1] Index Scan by otp_numbers_pkey on otp_numbers
--   [InitPlan 2] Index Scan by otp_blocks_pkey on otp_blocks
--   [InitPlan 3] Aggregate
--     Nested Loop
--       Function Scan
--       Append
--         Limit
--           Result
--             Index Scan by otp_sends_account_id_address_at_idx on otp_sends
--         Limit
--           Result
--             Index Scan by otp_sends_account_id_prefix_at_idx on otp_sends
--         Limit
--           Result
--             Index Scan by otp_sends_client_idx on otp_sends
--   [InitPlan 4] Aggregate
--     Sort
--       Index Scan by otp_sends_account_id_prefix_at_idx on otp_sends
--   [InitPlan 5] Aggregate
--     Index Scan by otp_sends_account_id_prefix_at_idx on otp_sends
--   Aggregate
--     Nested Loop
--       Limit
--         Index Scan by otp_sends_account_id_prefix_at_idx on otp_sends
--       Index Scan by otp_verifications_pkey on otp_verifications
