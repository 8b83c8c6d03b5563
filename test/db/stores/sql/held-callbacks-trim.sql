with
  old as (
    delete from held_callbacks
    where
      created_at < now() - $1 * interval '1 day'
    returning
      callback_id
  ),
  crowded as materialized (
    select
      sender_id
    from
      held_callbacks
    group by
      sender_id
    having
      count(*) > $2
  ),
  beyond as (
    delete from held_callbacks h using crowded c
    where
      h.sender_id = c.sender_id
      and h.created_at < (
        select
          x.created_at
        from
          held_callbacks x
        where
          x.sender_id = c.sender_id
        order by
          x.created_at desc
        offset
          $2
        limit
          1
      )
    returning
      h.callback_id
  )
select
  callback_id as id
from
  old
union all
select
  callback_id
from
  beyond

-- Plan:
-- Append
--   [CTE old] ModifyTable on held_callbacks
--     Index Scan by held_callbacks_created_at_idx on held_callbacks
--   [CTE crowded] Aggregate
--     Index Only Scan by held_callbacks_sender_id_created_at_idx on held_callbacks
--   [CTE beyond] ModifyTable on held_callbacks
--     Nested Loop
--       Index Scan by held_callbacks_sender_id_created_at_idx on held_callbacks
--       CTE Scan
--       [SubPlan 3] Limit
--         Index Scan by held_callbacks_created_at_idx on held_callbacks
--   CTE Scan
--   CTE Scan
