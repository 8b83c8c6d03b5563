select
  *
from
  hermod_take_slots ($1, $2, $3, $4, $5)

-- Plan:
-- Function Scan
