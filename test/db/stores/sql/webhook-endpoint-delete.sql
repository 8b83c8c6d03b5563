with
  gone as (
    delete from webhook_endpoints
    where
      account_id = $1
      and case
        when $2::uuid is null then is_default
        else id = $2
      end
    returning
      id
  ),
  canceled as (
    update webhook_deliveries
    set
      status = 'canceled',
      wake_at = null
    where
      endpoint_id in (
        select
          id
        from
          gone
      )
      and wake_at is not null
  )
select
  id
from
  gone

-- Plan:
-- CTE Scan
--   [CTE gone] ModifyTable on webhook_endpoints
--     Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--   [CTE canceled] ModifyTable on webhook_deliveries
--     Nested Loop
--       Aggregate
--         CTE Scan
--       Index Scan by webhook_deliveries_wake_idx on webhook_deliveries
