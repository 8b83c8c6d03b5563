select
  exists (
    select
    from
      messages
    where
      account_id = $1
      and address = $2
      and direction = 'inbound'
      and content ? 'group'
      and status not in ('queued', 'processing', 'retrying')
  ) as has

-- Plan:
-- Result
--   [InitPlan 1] Index Scan by messages_address_idx on messages
