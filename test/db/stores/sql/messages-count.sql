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
          unnest($5::text[]) as wanted (status)
          cross join lateral (
            select
              m.id
            from
              messages m
            where
              m.account_id = $1
              and (m.status, m.id) >= (wanted.status, $2::uuid)
              and (m.status, m.id) < (wanted.status, $3::uuid)
            order by
              m.status desc,
              m.id desc
            limit
              $4
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
--       Limit
--         Index Only Scan by messages_account_id_status_id_idx on messages
