select
  c.prefix,
  max(c.country) as country,
  sum(c.sent)::int as sent,
  sum(c.verified)::int as verified,
  (
    select
      b.until
    from
      otp_blocks b
    where
      b.account_id = $1
      and b.prefix = c.prefix
      and b.until > now()
  ) as "blockedUntil"
from
  otp_counts c
where
  c.account_id = $1
  and c.day between $2::date and $3::date
  and (
    $4::text is null
    or c.service = $4
  )
group by
  c.prefix
having
  sum(c.sent) >= $5
  and sum(c.verified) < sum(c.sent) * $6::float8
order by
  sum(c.verified)::float8 / sum(c.sent),
  sum(c.sent) desc
limit
  $7

-- Plan:
-- Limit
--   Result
--     Sort
--       Aggregate
--         Sort
--           Index Scan by otp_counts_pkey on otp_counts
--     [SubPlan 1] Index Scan by otp_blocks_pkey on otp_blocks
