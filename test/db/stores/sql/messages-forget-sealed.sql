update messages
set
  sealed = ''
where
  id = any (
    array(
      select
        id
      from
        messages
      where
        sealed <> ''
        and expires_at < now() - interval '1 minute'
      order by
        expires_at
      limit
        $1
    )
  )

-- Plan:
-- ModifyTable on messages
--   [InitPlan 1] Limit
--     Index Scan by messages_sealed_idx on messages
--   Index Scan by messages_pkey on messages
