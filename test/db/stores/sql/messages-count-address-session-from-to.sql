select
  count(*) as count
from
  (
    select
    from
      (
        select
          found.id
        from
          unnest($9::text[]) as one (address)
          cross join lateral (
            (
              select
                m.id
              from
                messages m
              where
                m.account_id = $1
                and (m.address, m.id) >= (one.address, $2::uuid)
                and (m.address, m.id) < (one.address, $3::uuid)
                and m.status not in ('queued', 'processing', 'retrying')
                and m.status = any ($8::text[])
                and m.session_id = ($4)
                and m.created_at >= ($5)
                and m.created_at < ($6)
              order by
                m.address desc,
                m.id desc
              limit
                $7
            )
            union all
            (
              select
                m.id
              from
                sessions s
                join messages m on m.session_id = s.id
              where
                s.account_id = $1
                and m.address = one.address
                and (m.address, m.id) >= (one.address, $2::uuid)
                and (m.address, m.id) < (one.address, $3::uuid)
                and m.status in ('queued', 'processing', 'retrying')
                and m.status = any ($8::text[])
                and m.session_id = ($4)
                and m.created_at >= ($5)
                and m.created_at < ($6)
              order by
                m.address desc,
                m.id desc
              limit
                $7
            )
          ) found
      ) found
    limit
      $7
  ) counted

-- Plan:
-- Aggregate
--   Limit
--     Nested Loop
--       Function Scan
--       Append
--         Subquery Scan
--           Limit
--             Index Scan by messages_address_idx on messages
--         Subquery Scan
--           Limit
--             Sort
--               Nested Loop
--                 Index Only Scan by sessions_account_id_id_idx on sessions
--                 Index Scan by messages_chain_idx on messages
