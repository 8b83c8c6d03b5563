select
  m.id,
  m.status,
  greatest(
    0,
    extract(
      epoch
      from
        m.due_at - now()
    ) * 1000
  )::float8 as "dueInMs",
  m.waiting_for as "waitingFor",
  m.error_code as "errorCode",
  m.error_message as "errorMessage",
  not exists (
    select
    from
      provider_attempts a
    where
      a.message_id = m.id
      and (
        a.outcome <> 'refused'
        or a.external_id is not null
      )
  ) as "neverLeft"
from
  messages m
where
  m.id = any ($1::uuid[])
  and m.direction = 'outbound'

-- Plan:
-- Index Scan by messages_pkey on messages
--   [SubPlan 1] Index Scan by provider_attempts_pkey on provider_attempts
