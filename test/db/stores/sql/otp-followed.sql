with
  input as materialized (
    select
      x.*
    from
      json_to_recordset($1::json) as x (
        "id" uuid,
        "claim" timestamptz,
        "told" text[],
        "wakeMs" float8
      )
  ),
  locked as materialized (
    select
      v.id,
      i."told",
      i."claim",
      i."wakeMs",
      array(
        select
          t
        from
          unnest(i."told") as t
        where
          not t = any (v.told)
      ) as fresh
    from
      input i
      join otp_verifications v on v.id = i."id"
    order by
      v.id
    for update of
      v
  ),
  changed as (
    update otp_verifications v
    set
      told = v.told || l.fresh,
      status = case
        when v.status = 'pending'
        and v.expires_at <= now() then 'expired'
        else v.status
      end,
      ended_at = case
        when v.status = 'pending'
        and v.expires_at <= now() then v.expires_at
        else v.ended_at
      end,
      sealed_code = case
        when v.status = 'pending'
        and v.expires_at <= now() then null
        else v.sealed_code
      end,
      wake_at = case
        when v.wake_at = l."claim" then now() + l."wakeMs" * interval '1 millisecond'
        else v.wake_at
      end
    from
      locked l
    where
      v.id = l.id
    returning
      v.account_id,
      (v.created_at at time zone 'UTC')::date as day,
      v.service,
      coalesce(v.country, '') as country,
      v.prefix,
      l.fresh
  )
insert into
  otp_counts as c (
    account_id,
    day,
    service,
    country,
    prefix,
    sent,
    delivered,
    verified,
    failed,
    expired,
    reported
  )
select
  account_id,
  day,
  service,
  country,
  prefix,
  count(*) filter (
    where
      'sent' = any (fresh)
  ),
  count(*) filter (
    where
      'delivered' = any (fresh)
  ),
  count(*) filter (
    where
      'verified' = any (fresh)
  ),
  count(*) filter (
    where
      'failed' = any (fresh)
  ),
  count(*) filter (
    where
      'expired' = any (fresh)
  ),
  count(*) filter (
    where
      'reported' = any (fresh)
  )
from
  changed
where
  cardinality(fresh) > 0
group by
  1,
  2,
  3,
  4,
  5
order by
  1,
  2,
  3,
  4,
  5
on conflict (account_id, day, service, country, prefix) do update
set
  sent = c.sent + excluded.sent,
  delivered = c.delivered + excluded.delivered,
  verified = c.verified + excluded.verified,
  failed = c.failed + excluded.failed,
  expired = c.expired + excluded.expired,
  reported = c.reported + excluded.reported

-- Plan:
-- ModifyTable on otp_counts
--   [CTE input] Function Scan
--   [CTE locked] LockRows
--     Sort
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_verifications_pkey on otp_verifications
--         [SubPlan 2] Function Scan
--   [CTE changed] ModifyTable on otp_verifications
--     Nested Loop
--       CTE Scan
--       Index Scan by otp_verifications_pkey on otp_verifications
--   Subquery Scan
--     Aggregate
--       Sort
--         CTE Scan
