update callbacks
set
  state = 'applied',
  applied_at = now(),
  wake_at = null,
  error = null
where
  id = any ($1::uuid[])

-- Plan:
-- ModifyTable on callbacks
--   Index Scan by callbacks_pkey on callbacks
