update callbacks
set
  attempts = attempts + 1,
  error = $2,
  state = case
    when attempts + 1 >= $3 then 'failed'
    else 'pending'
  end,
  wake_at = case
    when attempts + 1 >= $3 then null
    else now() + (2 ^ attempts) * interval '2 seconds'
  end
where
  id = any ($1::uuid[])

-- Plan:
-- ModifyTable on callbacks
--   Index Scan by callbacks_pkey on callbacks
