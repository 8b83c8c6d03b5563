update sessions s
set
  reported_business_id = coalesce(n.business_id, s.reported_business_id),
  display_phone_number = coalesce(s.display_phone_number, n.phone_number)
from
  unnest($2::text[], $3::text[], $4::text[]) as n (sender_id, business_id, phone_number)
where
  s.sender_id = n.sender_id
  and s.provider = $1
  and s.verified_at is not null
  and s.state <> 'removed'
  and (
    s.reported_business_id is distinct from coalesce(n.business_id, s.reported_business_id)
    or (
      s.display_phone_number is null
      and n.phone_number is not null
    )
  )

-- Plan:
-- ModifyTable on sessions
--   Nested Loop
--     Index Scan by sessions_sender_id_idx on sessions
--     Function Scan
