delete from device_keys
where
  id in (
    select
      id
    from
      device_keys
    where
      type in ('media', 'upload')
      and updated_at < now() - interval '60 days'
    order by
      updated_at
    limit
      $1
  )

-- Plan:
-- ModifyTable on device_keys
--   Nested Loop
--     Index Scan by device_keys_pkey on device_keys
--     Subquery Scan
--       Limit
--         Index Scan by device_keys_files_idx on device_keys
