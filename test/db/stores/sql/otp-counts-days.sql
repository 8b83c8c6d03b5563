select
  day::text,
  service,
  country,
  sum(sent)::int as sent,
  sum(delivered)::int as delivered,
  sum(verified)::int as verified,
  sum(failed)::int as failed,
  sum(expired)::int as expired,
  sum(reported)::int as reported
from
  otp_counts
where
  account_id = $1
  and day between $2::date and $3::date
  and (
    $4::text is null
    or service = $4
  )
group by
  1,
  2,
  3
order by
  1,
  2,
  3

-- Plan:
-- Aggregate
--   Sort
--     Index Scan by otp_counts_pkey on otp_counts
