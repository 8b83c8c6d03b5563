update messages
set
  content = (content - 'convert') || jsonb_build_object('mediaId', $4::text),
  wake_at = now() + $3 * interval '1 millisecond'
where
  id = $1
  and rev = $2
  and status = 'processing'
  and unknown_at is null
returning
  id

-- Plan:
-- ModifyTable on messages
--   Index Scan by messages_pkey on messages
