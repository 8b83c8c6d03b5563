select
  count(*) as count
from
  (
    select
    from
      (
        select
          m.id
        from
          messages m
        where
          m.batch_id is not null
          and (m.batch_id, m.id) >= ($8::uuid, $2::uuid)
          and (m.batch_id, m.id) < ($8::uuid, $3::uuid)
          and m.account_id = $1
          and m.status = any ($7::text[])
          and m.address = any ($4)
          and m.session_id = ($5)
        order by
          m.batch_id desc,
          m.id desc
        limit
          $6
      ) found
    limit
      $6
  ) counted

-- Plan:
-- Aggregate
--   Limit
--     Subquery Scan
--       Limit
--         Sort
--           Index Scan by messages_account_id_status_id_idx on messages
