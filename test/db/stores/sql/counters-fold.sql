with
  taken as materialized (
    delete from counter_deltas
    where
      id in (
        select
          id
        from
          counter_deltas
        order by
          id
        limit
          $1
        for update
          skip locked
      )
    returning
      account_id,
      hour,
      status,
      delta
  ),
  days as (
    insert into
      counters as c (account_id, day, status, count)
    select
      account_id,
      (hour at time zone 'UTC')::date,
      status,
      sum(delta)
    from
      taken
    group by
      1,
      2,
      3
    order by
      1,
      2,
      3
    on conflict (account_id, day, status) do update
    set
      count = c.count + excluded.count
  ),
  hours as (
    insert into
      counter_hours as c (account_id, hour, status, count)
    select
      account_id,
      hour,
      status,
      sum(delta)
    from
      taken
    group by
      1,
      2,
      3
    order by
      1,
      2,
      3
    on conflict (account_id, hour, status) do update
    set
      count = c.count + excluded.count
  )
select
  count(*) as folded
from
  taken

-- Plan:
-- Aggregate
--   [CTE taken] ModifyTable on counter_deltas
--     Nested Loop
--       Aggregate
--         Subquery Scan
--           Limit
--             LockRows
--               Index Scan by counter_deltas_pkey on counter_deltas
--       Index Scan by counter_deltas_pkey on counter_deltas
--   [CTE days] ModifyTable on counters
--     Sort
--       Aggregate
--         CTE Scan
--   [CTE hours] ModifyTable on counter_hours
--     Sort
--       Aggregate
--         CTE Scan
--   CTE Scan
