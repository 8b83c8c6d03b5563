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
          and (m.batch_id, m.id) >= ($6::uuid, $2::uuid)
          and (m.batch_id, m.id) < ($6::uuid, $3::uuid)
          and m.account_id = $1
          and m.status = any ($5::text[])
        order by
          m.batch_id desc,
          m.id desc
        limit
          $4
      ) found
    limit
      $4
  ) counted

-- Plan:
-- Aggregate
--   Limit
--     Subquery Scan
--       Limit
--         Index Scan by messages_batch_idx on messages
