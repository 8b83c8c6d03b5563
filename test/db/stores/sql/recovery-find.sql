select
  r.id,
  r.endpoint_id as "endpointId",
  r.since,
  r.until,
  r.state,
  r.count,
  r.created_at as "createdAt"
from
  webhook_recoveries r
where
  r.id = $2
  and r.account_id = $1

-- Plan:
-- Index Scan by webhook_recoveries_endpoint_id_id_idx on webhook_recoveries
