with
  input as materialized (
    select
      *
    from
      json_to_recordset($1::json) as x (
        "id" uuid,
        "accountId" uuid,
        "sessionId" uuid,
        "externalId" text,
        "address" text,
        "content" jsonb,
        "view" json,
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
        status,
        lane,
        address,
        content,
        body,
        reply_to,
        external_id,
        created_at,
        due_at
      )
    select
      "id",
      "accountId",
      "sessionId",
      'inbound',
      'received',
      'normal',
      "address",
      "content",
      "body",
      "replyTo",
      "externalId",
      "at",
      "at"
    from
      input
    on conflict (session_id, external_id)
    where
      direction = 'inbound' do nothing
    returning
      id,
      account_id,
      session_id,
      address,
      content,
      body,
      reply_to,
      external_id,
      created_at
  ),
  opened_windows as (
    insert into
      contact_windows as w (account_id, address, session_id, last_inbound_at)
    select
      s.account_id,
      a.address,
      s.session_id,
      max(s.created_at)
    from
      new_messages s,
      lateral (
        values
          (s.address),
          (s.content ->> 'fromUserId')
      ) as a (address)
    where
      a.address is not null
      and s.content ->> 'type' <> 'system'
      and not s.content ? 'group'
    group by
      1,
      2,
      3
    order by
      1,
      2,
      3
    on conflict (account_id, address, session_id) do update
    set
      last_inbound_at = excluded.last_inbound_at
    where
      w.last_inbound_at < excluded.last_inbound_at
  ),
  new_events as materialized (
    select
      row_number() over (
        order by
          m.created_at
      ) as ord,
      hermod_uuidv7 () as id,
      m.account_id,
      'message.received' as type,
      m.session_id,
      m.id as message_id,
      m.address as order_key,
      json_build_object(
        'type',
        'message.received',
        'timestamp',
        hermod_iso (m.created_at),
        'data',
        json_build_object(
          'messageId',
          m.id,
          'externalId',
          m.external_id,
          'from',
          coalesce(m.content ->> 'from', m.address),
          'fromUserId',
          m.content ->> 'fromUserId',
          'profileName',
          left(m.content ->> 'profileName', 200),
          'username',
          i."view" -> 'username',
          'to',
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
          left(m.body, 4000),
          'bodyTruncated',
          coalesce(length(m.body) > 4000, false),
          'media',
          case
            when m.content ? 'media' then json_build_object(
              'mediaId',
              m.content -> 'media' ->> 'id',
              'mimeType',
              left(m.content -> 'media' ->> 'mimeType', 256),
              'filename',
              left(m.content -> 'media' ->> 'filename', 256)
            )
          end,
          'content',
          i."view" -> 'content',
          'contentTruncated',
          i."view" -> 'contentTruncated',
          'replyTo',
          m.reply_to,
          'group',
          i."view" -> 'group',
          'forwarded',
          i."view" -> 'forwarded',
          'frequentlyForwarded',
          i."view" -> 'frequentlyForwarded',
          'referral',
          i."view" -> 'referral',
          'product',
          i."view" -> 'product',
          'errors',
          i."view" -> 'errors',
          'raw',
          i."view" -> 'raw',
          'rawTruncated',
          i."view" -> 'rawTruncated',
          'sequence',
          0,
          'receivedAt',
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
              when cardinality(w.events) = 0 then 'message.received' <> 'message.status_updated'
              else 'message.received' = any (w.events)
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
--     CTE Scan
--   [CTE opened_windows] ModifyTable on contact_windows
--     Subquery Scan
--       Sort
--         Aggregate
--           Nested Loop
--             CTE Scan
--             Values Scan
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
