with
  page as materialized (
    select
      found.id
    from
      (
        select
          found.id
        from
          sessions s
          cross join unnest($5::text[]) as wanted (status)
          cross join lateral (
            (
              select
                m.id
              from
                messages m
              where
                m.session_id = s.id
                and m.status not in ('queued', 'processing', 'retrying')
                and (m.status, m.id) >= (wanted.status, $2::uuid)
                and (m.status, m.id) < (wanted.status, $3::uuid)
              order by
                m.status desc,
                m.id desc
              limit
                $4
            )
            union all
            (
              select
                m.id
              from
                messages m
              where
                wanted.status in ('queued', 'processing', 'retrying')
                and m.account_id = $1
                and m.session_id = s.id
                and (m.status, m.id) >= (wanted.status, $2::uuid)
                and (m.status, m.id) < (wanted.status, $3::uuid)
              order by
                m.status desc,
                m.id desc
              limit
                $4
            )
          ) found
        where
          s.id = $6::uuid
          and s.account_id = $1
      ) found
    order by
      found.id desc
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
  m.id desc

-- Plan:
-- Index Scan by messages_pkey on messages
--   [CTE page] Limit
--     Sort
--       Nested Loop
--         Index Only Scan by sessions_account_id_id_idx on sessions
--         Nested Loop
--           Function Scan
--           Append
--             Subquery Scan
--               Limit
--                 Index Only Scan by messages_session_idx on messages
--             Subquery Scan
--               Limit
--                 Result
--                   Index Scan by messages_account_id_status_id_idx on messages
--   [InitPlan 3] CTE Scan
--   [SubPlan 2] Index Scan by sessions_pkey on sessions
