select
  id,
  seq,
  kind,
  amount,
  balance,
  message_id as "messageId",
  note,
  created_at as "createdAt"
from
  credit_entries
where
  account_id = $1
  and seq < $2
order by
  seq desc
limit
  $3

-- Plan:
-- Limit
--   Index Scan by credit_entries_account_id_seq_key on credit_entries
