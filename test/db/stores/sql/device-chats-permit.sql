with
  asked as materialized (
    select
      a.address,
      a.place,
      exists (
        select
        from
          device_chats c
        where
          c.session_id = $1
          and c.address = a.address
      )
      or exists (
        select
        from
          contact_windows w
          join devices d on d.session_id = $1
        where
          w.account_id = d.account_id
          and w.address = a.address
          and w.session_id = $1
      ) as known
    from
      unnest($2::text[]) with ordinality as a (address, place)
  ),
  room as materialized (
    select
      greatest(0, $3::int - count(*))::int as slots
    from
      device_chats
    where
      session_id = $1
      and started_at > now() - interval '24 hours'
  ),
  started as (
    insert into
      device_chats (session_id, address)
    select
      $1,
      a.address
    from
      asked a
    where
      not a.known
    order by
      a.place
    limit
      (
        select
          slots
        from
          room
      )
    on conflict (session_id, address) do update
    set
      address = excluded.address
    returning
      address
  )
select
  a.address,
  case
    when a.known then 'known'
    when s.address is not null then 'started'
    else 'refused'
  end as permit
from
  asked a
  left join started s on s.address = a.address
order by
  a.place

-- Plan:
-- Sort
--   [CTE asked] Function Scan
--     [SubPlan 2] Index Scan by device_chats_session_id_started_at_idx on device_chats
--     [SubPlan 4] Nested Loop
--       Index Scan by devices_pkey on devices
--       Index Only Scan by contact_windows_pkey on contact_windows
--   [CTE room] Aggregate
--     Index Scan by device_chats_pkey on device_chats
--   [CTE started] ModifyTable on device_chats
--     Subquery Scan
--       Limit
--         [InitPlan 7] CTE Scan
--         Sort
--           CTE Scan
--   Nested Loop
--     CTE Scan
--     CTE Scan
