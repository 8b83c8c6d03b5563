with
  held as (
    insert into
      held_callbacks (callback_id, provider, sender_id)
    select
      *
    from
      unnest($2::uuid[], $3::text[], $4::text[])
    on conflict (callback_id, sender_id) do nothing
  ),
  done as (
    delete from held_callbacks
    where
      callback_id = any ($1::uuid[])
      and not callback_id = any ($2::uuid[])
  )
update callbacks
set
  state = 'applied',
  applied_at = now(),
  wake_at = null,
  error = null
where
  id = any ($1::uuid[])

-- Plan:
-- ModifyTable on callbacks
--   [CTE held] ModifyTable on held_callbacks
--     Function Scan
--   [CTE done] ModifyTable on held_callbacks
--     Index Scan by held_callbacks_pkey on held_callbacks
--   Index Scan by callbacks_pkey on callbacks
