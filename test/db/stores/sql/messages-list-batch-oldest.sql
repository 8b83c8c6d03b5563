with
  page as materialized (
    select
      found.id
    from
      (
        select
          m.id
        from
          messages m
        where
          m.batch_id is not null
          and (m.batch_id, m.id) >= ($6::uuid, $2::uuid)
          and (m.batch_id, m.id) < ($6::uuid, $3::uuid)
          and m.account_id = $1
          and m.status = any ($5::text[])
        order by
          m.batch_id asc,
          m.id asc
        limit
          $4
      ) found
    order by
      found.id asc
    limit
      $7
    offset
      $8
  )
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
  messages m
where
  m.id = any (
    array(
      select
        id
      from
        page
    )
  )
order by
  m.id asc

-- Plan:
-- Index Scan by messages_pkey on messages
--   [CTE page] Limit
--     Sort
--       Subquery Scan
--         Limit
--           Index Scan by messages_batch_idx on messages
--   [InitPlan 3] CTE Scan
--   [SubPlan 2] Index Scan by sessions_pkey on sessions
