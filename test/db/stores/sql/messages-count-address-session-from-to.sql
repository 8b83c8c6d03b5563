select
  count(*) as count
from
  (
    select
    from
      (
        (
          select
            m.id
          from
            messages m
          where
            m.account_id = $1
            and (m.address, m.id) >= ($9::text, $2::uuid)
            and (m.address, m.id) < ($9::text, $3::uuid)
            and m.status not in ('queued', 'processing', 'retrying')
            and m.status = any ($8::text[])
            and m.session_id = $4
            and m.created_at >= $5
            and m.created_at < $6
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
            and m.address = $9::text
            and (m.address, m.id) >= ($9::text, $2::uuid)
            and (m.address, m.id) < ($9::text, $3::uuid)
            and m.status in ('queued', 'processing', 'retrying')
            and m.status = any ($8::text[])
            and m.session_id = $4
            and m.created_at >= $5
            and m.created_at < $6
          order by
            m.address desc,
            m.id desc
          limit
            $7
        )
      ) found
    limit
      $7
  ) counted

-- Plan:
-- Aggregate
--   Limit
--     Append
--       Subquery Scan
--         Limit
--           Index Scan by messages_address_idx on messages
--       Subquery Scan
--         Limit
--           Sort
--             Nested Loop
--               Index Only Scan by sessions_account_id_id_idx on sessions
--               Index Scan by messages_chain_idx on messages
