with
  locked as materialized (
    select
      id,
      status
    from
      messages
    where
      id = any ($1::uuid[])
      and status in ('queued', 'retrying')
      and due_at <= now() + interval '200 milliseconds'
      and (
        expires_at is null
        or expires_at > now()
      )
    for update
      skip locked
  ),
  claimed as (
    update messages m
    set
      status = 'processing',
      attempt = attempt + 1,
      rev = rev + 1,
      unknown_at = null,
      waiting_for = null,
      wake_at = now() + $2 * interval '1 millisecond'
    from
      locked p
    where
      m.id = p.id
    returning
      m.id,
      m.account_id,
      m.session_id,
      m.status,
      m.lane,
      m.address,
      m.metadata,
      m.external_id,
      m.credits,
      m.attempt,
      m.attempt_floor,
      m.rev,
      m.unknown_at,
      m.due_at,
      m.waiting_for,
      m.wake_at,
      m.expires_at,
      m.ttl_seconds,
      m.created_at,
      m.sent_at,
      m.delivered_at,
      m.read_at,
      m.failed_at,
      m.error_code,
      m.error_message,
      m.content,
      m.sealed,
      m.reply_to,
      m.dry_run,
      p.status as was
  ),
  counter_changes as (
    insert into
      counter_deltas (account_id, hour, status, delta)
    select
      account_id,
      date_trunc('hour', created_at, 'UTC'),
      case
        when dry_run then 'dry_run:' || s.status
        else s.status
      end,
      sum(s.delta)
    from
      claimed,
      lateral (
        values
          (was, -1),
          ('processing', 1)
      ) as s (status, delta)
    group by
      1,
      2,
      3
  )
select
  *
from
  claimed

-- Plan:
-- CTE Scan
--   [CTE locked] LockRows
--     Index Scan by messages_pkey on messages
--   [CTE claimed] ModifyTable on messages
--     Nested Loop
--       CTE Scan
--       Index Scan by messages_pkey on messages
--   [CTE counter_changes] ModifyTable on counter_deltas
--     Subquery Scan
--       Aggregate
--         Nested Loop
--           CTE Scan
--           Values Scan
