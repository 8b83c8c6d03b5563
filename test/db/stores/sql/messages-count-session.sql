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
          sessions s
          cross join unnest($5::text[]) as wanted (status)
          cross join lateral (
            (
              select
                m.id
              from
                messages m
              where
                m.session_id = s.id
                and m.status not in ('queued', 'processing', 'retrying')
                and (m.status, m.id) >= (wanted.status, $2::uuid)
                and (m.status, m.id) < (wanted.status, $3::uuid)
              order by
                m.status desc,
                m.id desc
              limit
                $4
            )
            union all
            (
              select
                m.id
              from
                messages m
              where
                wanted.status in ('queued', 'processing', 'retrying')
                and m.account_id = $1
                and m.session_id = s.id
                and (m.status, m.id) >= (wanted.status, $2::uuid)
                and (m.status, m.id) < (wanted.status, $3::uuid)
              order by
                m.status desc,
                m.id desc
              limit
                $4
            )
          ) found
        where
          s.id = $6::uuid
          and s.account_id = $1
      ) found
    limit
      $4
  ) counted

-- Plan:
-- Aggregate
--   Limit
--     Nested Loop
--       Index Only Scan by sessions_account_id_id_idx on sessions
--       Nested Loop
--         Function Scan
--         Append
--           Subquery Scan
--             Limit
--               Index Only Scan by messages_session_idx on messages
--           Subquery Scan
--             Limit
--               Result
--                 Index Scan by messages_account_id_status_id_idx on messages
