update callbacks c
set
  state = 'pending',
  attempts = 0,
  wake_at = now()
from
  held_callbacks h
where
  c.id = h.callback_id
  and c.wake_at is null
  and exists (
    select
    from
      sessions s
    where
      s.sender_id = h.sender_id
      and s.provider = h.provider
      and s.verified_at is not null
      and s.state <> 'removed'
  )
returning
  c.id

-- Plan:
-- ModifyTable on callbacks
--   Nested Loop
--     Nested Loop
--       Index Scan by held_callbacks_sender_id_created_at_idx on held_callbacks
--       Index Scan by callbacks_pkey on callbacks
--     Index Scan by sessions_sender_id_idx on sessions
