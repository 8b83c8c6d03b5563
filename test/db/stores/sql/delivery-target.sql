select
  w.account_id as "accountId",
  json_build_object(
    'url',
    w.url,
    'secret',
    w.secret,
    'oldSecrets',
    w.old_secrets,
    'headers',
    w.headers,
    'format',
    w.format,
    'formatEvents',
    w.format_events,
    'enabled',
    w.enabled,
    'ratePerSecond',
    w.rate_per_second,
    'isFailing',
    w.failing_since is not null,
    'isBreakerOpen',
    w.breaker_until is not null
  ) as target
from
  webhook_endpoints w
where
  w.id = $1

-- Plan:
-- Index Scan by webhook_endpoints_pkey on webhook_endpoints
