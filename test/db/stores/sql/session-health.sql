with
  updates as materialized (
    select
      x."sessionId" as id,
      a.key as aspect,
      a.value as reported,
      x."verifiedName" as verified_name,
      x.ordinality
    from
      rows
    from
      (
        json_to_recordset($1::json) as (
          "sessionId" uuid,
          "health" jsonb,
          "verifiedName" text
        )
      ) with ordinality as x ("sessionId", "health", "verifiedName", ordinality)
      cross join lateral jsonb_each(x."health") as a
  ),
  newest as (
    select distinct
      on (id, aspect) id,
      aspect,
      reported,
      verified_name
    from
      updates
    order by
      id,
      aspect,
      reported ->> 'at' desc,
      ordinality desc
  ),
  fresh as (
    select
      n.*
    from
      newest n
      join sessions s on s.id = n.id
    where
      coalesce(s.health -> n.aspect ->> 'at', '') <= n.reported ->> 'at'
  )
update sessions s
set
  health = coalesce(s.health, '{}') || f.health,
  verified_name = coalesce(f.verified_name, s.verified_name),
  updated_at = now()
from
  (
    select
      id,
      jsonb_object_agg(aspect, reported) as health,
      max(verified_name) filter (
        where
          aspect = 'name'
      ) as verified_name
    from
      fresh
    group by
      id
  ) f
where
  s.id = f.id

-- Plan:
-- ModifyTable on sessions
--   [CTE updates] Nested Loop
--     Function Scan
--     Function Scan
--   Nested Loop
--     Subquery Scan
--       Aggregate
--         Nested Loop
--           Unique
--             Sort
--               CTE Scan
--           Index Scan by sessions_pkey on sessions
--     Index Scan by sessions_pkey on sessions
