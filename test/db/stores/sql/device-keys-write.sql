with
  held as materialized (
    select
      session_id,
      account_id
    from
      devices
    where
      session_id = $1
      and owner_id = $2
      and fence = $3::bigint
    for share
  ),
  entries as materialized (
    select
      x.type,
      x.name,
      x.value
    from
      json_to_recordset($4::json) as x (type text, name text, value text)
  ),
  gone as (
    delete from device_keys k using held h,
    entries e
    where
      k.session_id = h.session_id
      and k.type = e.type
      and k.name = e.name
      and e.value is null
  ),
  put as (
    insert into
      device_keys (account_id, session_id, type, name, value)
    select
      h.account_id,
      h.session_id,
      e.type,
      e.name,
      e.value
    from
      held h
      cross join entries e
    where
      e.value is not null
    order by
      e.type,
      e.name
    on conflict (session_id, type, name) do update
    set
      value = excluded.value,
      updated_at = now()
  )
select
  count(*)::int as held
from
  held

-- Plan:
-- Aggregate
--   [CTE held] LockRows
--     Index Scan by devices_owner_id_idx on devices
--   [CTE entries] Function Scan
--   [CTE gone] ModifyTable on device_keys
--     Nested Loop
--       Nested Loop
--         Index Scan by device_keys_session_id_type_name_key on device_keys
--         CTE Scan
--       CTE Scan
--   [CTE put] ModifyTable on device_keys
--     Subquery Scan
--       Sort
--         Nested Loop
--           CTE Scan
--           CTE Scan
--   CTE Scan
