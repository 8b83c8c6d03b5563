select
  id,
  account_id as "accountId",
  session_id as "sessionId",
  batch_id as "batchId",
  direction,
  status,
  address,
  content ->> 'type' as type,
  case
    when direction = 'outbound'
    and origin is null then content
  end as content,
  case
    when direction = 'inbound'
    or origin is not null then content
  end as received,
  origin,
  body,
  metadata,
  reply_to as "replyTo",
  dry_run as "dryRun",
  sealed is not null as secret,
  external_id as "externalId",
  case direction
    when 'inbound' then (
      select
        coalesce(
          nullif(
            regexp_replace(s.display_phone_number, '[^0-9]', '', 'g'),
            ''
          ),
          s.sender_id,
          s.name
        )
      from
        sessions s
      where
        s.id = session_id
    )
  end as "receivedBy",
  attempt,
  case
    when status = 'queued'
    and due_at > now() then waiting_for
  end as "waitingFor",
  case
    when status = 'queued'
    and due_at > now()
    and waiting_for is not null then due_at
  end as "waitingUntil",
  scheduled_for as "scheduledFor",
  expires_at as "expiresAt",
  created_at as "createdAt",
  sent_at as "sentAt",
  delivered_at as "deliveredAt",
  read_at as "readAt",
  failed_at as "failedAt",
  error_code as "errorCode",
  error_message as "errorMessage"
from
  messages
where
  id = $1
  and account_id = $2

-- Plan:
-- Index Scan by messages_pkey on messages
--   [SubPlan 1] Index Scan by sessions_pkey on sessions
