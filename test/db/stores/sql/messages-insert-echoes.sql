with
  input as materialized (
    select
      *
    from
      json_to_recordset($1::json) as x (
        "id" uuid,
        "accountId" uuid,
        "sessionId" uuid,
        "origin" text,
        "externalId" text,
        "address" text,
        "content" jsonb,
        "raw" jsonb,
        "body" text,
        "replyTo" text,
        "at" timestamptz
      )
  ),
  new_messages as (
    insert into
      messages (
        id,
        account_id,
        session_id,
        direction,
        origin,
        status,
        lane,
        address,
        content,
        body,
        reply_to,
        external_id,
        created_at,
        due_at,
        sent_at
      )
    select
      "id",
      "accountId",
      "sessionId",
      'outbound',
      "origin",
      'sent',
      'normal',
      "address",
      "content",
      "body",
      "replyTo",
      "externalId",
      "at",
      "at",
      "at"
    from
      input i
    where
      not exists (
        select
        from
          messages m
        where
          m.external_id = i."externalId"
          and m.direction = 'outbound'
          and m.session_id = i."sessionId"
      )
    order by
      "id"
    on conflict (id) do nothing
    returning
      id,
      account_id,
      session_id,
      origin,
      address,
      content,
      body,
      reply_to,
      external_id,
      created_at
  ),
  timeline as (
    insert into
      message_events (message_id, status, key, at, provider_at)
    select
      id,
      'sent',
      external_id,
      created_at,
      created_at
    from
      new_messages
  ),
  new_events as materialized (
    select
      row_number() over (
        order by
          m.created_at
      ) as ord,
      hermod_uuidv7 () as id,
      m.account_id,
      'message.echoed' as type,
      m.session_id,
      m.id as message_id,
      m.address as order_key,
      json_build_object(
        'type',
        'message.echoed',
        'timestamp',
        hermod_iso (m.created_at),
        'data',
        json_build_object(
          'messageId',
          m.id,
          'externalId',
          m.external_id,
          'origin',
          m.origin,
          'to',
          m.address,
          'toUserId',
          m.content ->> 'fromUserId',
          'from',
          (
            select
              regexp_replace(s.display_phone_number, '[^0-9]', '', 'g')
            from
              sessions s
            where
              s.id = m.session_id
          ),
          'session',
          m.session_id,
          'type',
          m.content ->> 'type',
          'body',
          left(m.body, 1000),
          'bodyTruncated',
          coalesce(length(m.body) > 1000, false),
          'content',
          case
            when octet_length((m.content -> 'said')::text) <= 6000 then m.content -> 'said'
          end,
          'contentTruncated',
          coalesce(
            octet_length((m.content -> 'said')::text) > 6000,
            false
          ),
          'replyTo',
          m.reply_to,
          'raw',
          i."raw" -> 'value',
          'rawTruncated',
          (i."raw" ->> 'truncated')::boolean,
          'sentAt',
          hermod_iso (m.created_at)
        )
      )::text as payload
    from
      new_messages m
      join input i on i."id" = m.id
    where
      exists (
        select
        from
          webhook_endpoints w
        where
          w.account_id = m.account_id
          and (
            w.enabled
            or w.disabled_reason is distinct from 'owner'
          )
          and (
            case
              when cardinality(w.events) = 0 then 'message.echoed' <> 'message.status_updated'
              else 'message.echoed' = any (w.events)
            end
          )
          and (
            cardinality(w.session_ids) = 0
            or m.session_id is null
            or m.session_id = any (w.session_ids)
          )
      )
  ),
  stored_events as (
    insert into
      webhook_events (
        id,
        account_id,
        type,
        session_id,
        message_id,
        order_key,
        payload,
        created_at
      )
    select
      id,
      account_id,
      type,
      session_id,
      message_id,
      order_key,
      payload,
      now()
    from
      new_events
    order by
      ord
  ),
  new_deliveries as (
    insert into
      webhook_deliveries (
        id,
        account_id,
        event_id,
        endpoint_id,
        order_key,
        due_at,
        wake_at,
        created_at
      )
    select
      hermod_uuidv7 (),
      h.account_id,
      h.id,
      w.id,
      case
        when w.ordered then coalesce(
          (
            select
              a.canonical
            from
              contact_aliases a
            where
              a.account_id = h.account_id
              and a.address = h.order_key
          ),
          h.order_key
        )
      end,
      now(),
      now() + interval '10 seconds',
      now()
    from
      new_events h
      join webhook_endpoints w on w.account_id = h.account_id
      and w.enabled
      and (
        case
          when cardinality(w.events) = 0 then h.type <> 'message.status_updated'
          else h.type = any (w.events)
        end
      )
      and (
        cardinality(w.session_ids) = 0
        or h.session_id is null
        or h.session_id = any (w.session_ids)
      )
    order by
      h.ord
    returning
      id
  )
select
  id
from
  new_deliveries

-- Plan:
-- CTE Scan
--   [CTE input] Function Scan
--   [CTE new_messages] ModifyTable on messages
--     Subquery Scan
--       Sort
--         Nested Loop
--           CTE Scan
--           Index Scan by messages_external_idx on messages
--   [CTE timeline] ModifyTable on message_events
--     CTE Scan
--   [CTE new_events] WindowAgg
--     Sort
--       Nested Loop
--         CTE Scan
--         Materialize
--           Nested Loop
--             CTE Scan
--             Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--     [SubPlan 4] Index Scan by sessions_pkey on sessions
--   [CTE stored_events] ModifyTable on webhook_events
--     Subquery Scan
--       Sort
--         CTE Scan
--   [CTE new_deliveries] ModifyTable on webhook_deliveries
--     Subquery Scan
--       Result
--         Sort
--           Nested Loop
--             CTE Scan
--             Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--         [SubPlan 7] Index Scan by contact_aliases_pkey on contact_aliases
