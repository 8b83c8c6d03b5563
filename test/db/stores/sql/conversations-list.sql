with
  newest as materialized (
    select
      found.id
    from
      unnest($2::text[]) as wanted (status)
      cross join lateral (
        select
          m.id
        from
          messages m
        where
          m.account_id = $1
          and (m.status, m.id) >= (
            wanted.status,
            '00000000-0000-0000-0000-000000000000'::uuid
          )
          and (m.status, m.id) < (
            wanted.status,
            coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          )
        order by
          m.status desc,
          m.id desc
        limit
          $4
      ) found
    order by
      found.id desc
    limit
      $4
  ),
  under_way as materialized (
    select
      m.address
    from
      messages m
    where
      $3::uuid is not null
      and m.account_id = $1
      and m.status in ('queued', 'processing', 'retrying')
      and m.id >= $3
    limit
      $4
  ),
  latest as materialized (
    select distinct
      on (m.address) m.address,
      m.id
    from
      messages m
    where
      m.id = any (
        array(
          select
            id
          from
            newest
        )
      )
    order by
      m.address,
      m.id desc
  ),
  page as materialized (
    select
      l.address,
      l.id
    from
      latest l
    where
      $3::uuid is null
      or (
        not exists (
          select
          from
            messages n
          where
            n.account_id = $1
            and (n.address, n.id) >= (l.address, $3)
            and n.address = l.address
            and n.status not in ('queued', 'processing', 'retrying')
        )
        and l.address not in (
          select
            address
          from
            under_way
        )
      )
    order by
      l.id desc
    limit
      $5
  )
select
  (
    select
      count(*)::int
    from
      newest
  ) as looked,
  (
    select
      id
    from
      newest
    order by
      id
    limit
      1
  ) as reached,
  (
    select
      coalesce(
        json_agg(
          json_build_object(
            'address',
            p.address,
            'lastInboundAt',
            (
              select
                max(w.last_inbound_at)
              from
                contact_windows w
              where
                w.account_id = $1
                and w.address = p.address
            ),
            'message',
            json_build_object(
              'id',
              m.id,
              'sessionId',
              m.session_id,
              'direction',
              m.direction,
              'status',
              m.status,
              'type',
              m.content ->> 'type',
              'body',
              m.body,
              'profileName',
              case m.direction
                when 'inbound' then m.content ->> 'profileName'
              end,
              'createdAt',
              m.created_at
            )
          )
          order by
            p.id desc
        ),
        '[]'
      )
    from
      page p
      join messages m on m.id = p.id
  ) as found

-- Plan:
-- Result
--   [CTE newest] Limit
--     Sort
--       Nested Loop
--         Function Scan
--         Limit
--           Index Only Scan by messages_account_id_status_id_idx on messages
--   [CTE under_way] Limit
--     Result
--       Index Scan by messages_account_id_status_id_idx on messages
--   [CTE latest] Unique
--     [InitPlan 3] CTE Scan
--     Sort
--       Index Scan by messages_pkey on messages
--   [CTE page] Limit
--     Sort
--       CTE Scan
--         [SubPlan 5] Index Only Scan by messages_address_idx on messages
--         [SubPlan 6] CTE Scan
--   [InitPlan 8] Aggregate
--     CTE Scan
--   [InitPlan 9] Limit
--     Sort
--       CTE Scan
--   [InitPlan 11] Aggregate
--     Nested Loop
--       CTE Scan
--       Index Scan by messages_pkey on messages
--     [SubPlan 10] Aggregate
--       Index Scan by contact_windows_pkey on contact_windows
