with
  found as materialized (
    select
      id,
      endpoint_id,
      order_key,
      seq,
      manual,
      attempt,
      attempt >= 2
      and not manual as is_late
    from
      webhook_deliveries
    where
      id = any ($2::uuid[])
      and due_at <= now()
      and (
        status = 'pending'
        or (
          status = 'delivering'
          and wake_at <= now()
        )
      )
    for update
      skip locked
  ),
  decisions as materialized (
    select
      f.id,
      f.endpoint_id,
      f.attempt,
      f.manual,
      f.is_late,
      w.rate_per_second,
      case
        when f.manual
        or w.id is null
        or not w.enabled then null
        when w.breaker_until is not null then 'open'
        when f.endpoint_id = any (
          case
            when f.is_late then $4
            else $3
          end::uuid[]
        ) then 'busy'
        when f.position > 256 then 'busy'
        when w.rate_per_second is not null then 'limited'
        when f.order_key is not null
        and exists (
          select
          from
            webhook_deliveries p
          where
            p.endpoint_id = f.endpoint_id
            and p.order_key = f.order_key
            and p.seq < f.seq
            and not p.manual
            and p.status in ('pending', 'delivering')
        ) then 'blocked'
      end as hold
    from
      (
        select
          *,
          row_number() over (
            partition by
              endpoint_id,
              is_late
            order by
              seq
          ) as position
        from
          found
      ) f
      left join webhook_endpoints w on w.id = f.endpoint_id
  ),
  claimed as (
    update webhook_deliveries d
    set
      status = 'delivering',
      attempt = d.attempt + 1,
      wake_at = now() + $1 * interval '1 millisecond'
    from
      decisions j
    where
      d.id = j.id
      and j.hold is null
    returning
      d.id,
      d.account_id,
      d.event_id,
      d.endpoint_id,
      d.attempt,
      d.manual,
      j.is_late
  )
select
  c.*,
  e.type,
  e.payload,
  e.test,
  e.created_at,
  null as hold,
  null::int as rate_per_second,
  case
    when w.id is not null
    and row_number() over (
      partition by
        c.endpoint_id
    ) = 1 then json_build_object(
      'url',
      w.url,
      'secret',
      w.secret,
      'oldSecrets',
      w.old_secrets,
      'headers',
      w.headers,
      'format',
      w.format,
      'formatEvents',
      w.format_events,
      'enabled',
      w.enabled,
      'ratePerSecond',
      w.rate_per_second,
      'isFailing',
      w.failing_since is not null,
      'isBreakerOpen',
      w.breaker_until is not null
    )
  end as target
from
  claimed c
  join webhook_events e on e.id = c.event_id
  left join webhook_endpoints w on w.id = c.endpoint_id
union all
select
  id,
  null,
  null,
  endpoint_id,
  attempt,
  manual,
  is_late,
  null,
  null,
  null,
  null,
  hold,
  rate_per_second,
  null
from
  decisions
where
  hold is not null

-- Plan:
-- Append
--   [CTE found] LockRows
--     Index Scan by webhook_deliveries_pkey on webhook_deliveries
--   [CTE decisions] Nested Loop
--     WindowAgg
--       Sort
--         CTE Scan
--     Index Scan by webhook_endpoints_pkey on webhook_endpoints
--     [SubPlan 2] Index Scan by webhook_deliveries_order_idx on webhook_deliveries
--   [CTE claimed] ModifyTable on webhook_deliveries
--     Nested Loop
--       CTE Scan
--       Index Scan by webhook_deliveries_pkey on webhook_deliveries
--   WindowAgg
--     Sort
--       Nested Loop
--         Nested Loop
--           CTE Scan
--           Index Scan by webhook_events_pkey on webhook_events
--         Index Scan by webhook_endpoints_pkey on webhook_endpoints
--   CTE Scan
