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
          unnest($6::text[]) as one (address)
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
                and m.status = any ($5::text[])
              order by
                m.address desc,
                m.id desc
              limit
                $4
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
                and m.status = any ($5::text[])
              order by
                m.address desc,
                m.id desc
              limit
                $4
            )
          ) found
      ) found
    limit
      $4
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
