with
  input as materialized (
    select
      x.*,
      ordinality
    from
      json_array_elements($1::json) with ordinality as e (item, ordinality),
      json_to_record(e.item) as x (
        "id" uuid,
        "accountId" uuid,
        "sessionId" uuid,
        "batchId" uuid,
        "status" text,
        "lane" text,
        "address" text,
        "content" jsonb,
        "sealed" text,
        "body" text,
        "metadata" jsonb,
        "replyTo" text,
        "dryRun" boolean,
        "credits" int,
        "createdAt" timestamptz,
        "dueAt" timestamptz,
        "wakeAt" timestamptz,
        "scheduledFor" timestamptz,
        "expiresAt" timestamptz,
        "ttlSeconds" int,
        "idempotency" jsonb,
        "keyId" uuid
      )
  ),
  live_keys as materialized (
    select
      k.id
    from
      api_keys k
      join accounts a on a.id = k.account_id
    where
      k.id in (
        select
          "keyId"
        from
          input
      )
      and k.revoked_at is null
      and a.state = 'active'
  ),
  balances as materialized (
    select
      id,
      credits
    from
      accounts
    where
      id in (
        select
          "accountId"
        from
          input
        where
          "credits" > 0
      )
    order by
      id
    for no key update
  ),
  dues as materialized (
    select
      i."id",
      p.credits as balance,
      sum(i."credits") over (
        partition by
          i."accountId"
        order by
          i.ordinality
      ) as due
    from
      input i
      join balances p on p.id = i."accountId"
    where
      i."credits" > 0
      and i."keyId" in (
        select
          id
        from
          live_keys
      )
      and not exists (
        select
        from
          idempotency_keys k
        where
          k.account_id = i."accountId"
          and k.key = i.idempotency ->> 'key'
          and k.expires_at >= now()
      )
  ),
  unpaid as materialized (
    select
      "id"
    from
      dues
    where
      due > balance
  ),
  claimed_keys as (
    insert into
      idempotency_keys as k (
        account_id,
        key,
        fingerprint,
        status_code,
        response,
        expires_at
      )
    select
      "accountId",
      idempotency ->> 'key',
      decode(idempotency ->> 'fingerprint', 'hex'),
      202,
      idempotency -> 'response',
      (idempotency ->> 'expiresAt')::timestamptz
    from
      input
    where
      jsonb_typeof(idempotency) = 'object'
      and "keyId" in (
        select
          id
        from
          live_keys
      )
      and "id" not in (
        select
          "id"
        from
          unpaid
      )
    order by
      1,
      2
    on conflict (account_id, key) do update
    set
      fingerprint = excluded.fingerprint,
      status_code = excluded.status_code,
      response = excluded.response,
      expires_at = excluded.expires_at
    where
      k.expires_at < now()
    returning
      account_id,
      key
  ),
  new_messages as (
    insert into
      messages (
        id,
        account_id,
        session_id,
        batch_id,
        status,
        lane,
        address,
        content,
        sealed,
        body,
        metadata,
        reply_to,
        dry_run,
        created_at,
        due_at,
        wake_at,
        scheduled_for,
        expires_at,
        ttl_seconds,
        credits
      )
    select
      "id",
      "accountId",
      "sessionId",
      "batchId",
      "status",
      "lane",
      "address",
      "content",
      "sealed",
      "body",
      "metadata",
      "replyTo",
      "dryRun",
      "createdAt",
      case "status"
        when 'queued' then now()
        else "dueAt"
      end,
      "wakeAt",
      "scheduledFor",
      "expiresAt",
      "ttlSeconds",
      "credits"
    from
      input i
    where
      "keyId" in (
        select
          id
        from
          live_keys
      )
      and "id" not in (
        select
          "id"
        from
          unpaid
      )
      and (
        jsonb_typeof(idempotency) is distinct from 'object'
        or exists (
          select
          from
            claimed_keys k
          where
            k.account_id = i."accountId"
            and k.key = i.idempotency ->> 'key'
        )
      )
    order by
      ordinality
    returning
      id,
      account_id,
      session_id,
      batch_id,
      status,
      address,
      metadata,
      dry_run,
      created_at,
      credits
  ),
  timeline as (
    insert into
      message_events (message_id, status, key, at)
    select
      id,
      status,
      'accepted',
      created_at
    from
      new_messages
  ),
  counter_changes as (
    insert into
      counter_deltas (account_id, hour, status, delta)
    select
      account_id,
      date_trunc('hour', created_at, 'UTC'),
      case
        when dry_run then 'dry_run:' || status
        else status
      end,
      count(*)
    from
      new_messages
    group by
      1,
      2,
      3
  ),
  debited as (
    update accounts a
    set
      credits = a.credits - s.spent
    from
      (
        select
          account_id,
          sum(credits) as spent
        from
          new_messages
        where
          credits > 0
        group by
          1
      ) s
    where
      a.id = s.account_id
  ),
  ledger_lines as (
    insert into
      credit_entries (
        id,
        account_id,
        kind,
        amount,
        balance,
        message_id,
        reference
      )
    select
      hermod_uuidv7 (),
      c.account_id,
      'debit',
      - c.credits,
      p.credits - sum(c.credits) over (
        partition by
          c.account_id
        order by
          c.id
      ),
      c.id,
      'debit:' || c.id || ':0'
    from
      new_messages c
      join balances p on p.id = c.account_id
    where
      c.credits > 0
    order by
      c.account_id,
      c.id
  ),
  subscribed_accounts as materialized (
    select
      i.id
    from
      (
        select distinct
          "accountId" as id
        from
          input
      ) i
    where
      exists (
        select
        from
          webhook_endpoints w
        where
          w.account_id = i.id
          and (
            w.enabled
            or w.disabled_reason is distinct from 'owner'
          )
          and (
            case
              when cardinality(w.events) = 0 then 'message.queued' <> 'message.status_updated'
              else 'message.queued' = any (w.events)
            end
          )
          and (
            cardinality(w.session_ids) = 0
            or null::uuid is null
            or null::uuid = any (w.session_ids)
          )
      )
  ),
  new_events as materialized (
    select
      row_number() over () as ord,
      hermod_uuidv7 () as id,
      m.account_id,
      'message.queued' as type,
      m.session_id,
      m.id as message_id,
      m.address as order_key,
      json_build_object(
        'type',
        'message.' || m.status,
        'timestamp',
        hermod_iso (m.created_at),
        'data',
        json_build_object(
          'messageId',
          m.id,
          'status',
          m.status,
          'to',
          m.address,
          'session',
          m.session_id,
          'batchId',
          m.batch_id,
          'externalId',
          null::text,
          'createdAt',
          hermod_iso (m.created_at),
          'sentAt',
          hermod_iso (null),
          'deliveredAt',
          hermod_iso (null),
          'readAt',
          hermod_iso (null),
          'failedAt',
          hermod_iso (null),
          'errorCode',
          null::text,
          'errorMessage',
          left(null::text, 500),
          'metadata',
          case
            when octet_length(m.metadata::text) <= 16384 then m.metadata
          end,
          'dryRun',
          m.dry_run,
          'provider',
          case
            when octet_length(null::json::text) <= 2048 then null::json
          end,
          'sequence',
          0,
          'occurredAt',
          hermod_iso (m.created_at)
        )
      )::text as payload
    from
      new_messages m
    where
      m.status = 'queued'
      and m.account_id = any (
        array(
          select
            id
          from
            subscribed_accounts
        )
      )
      and exists (
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
              when cardinality(w.events) = 0 then 'message.queued' <> 'message.status_updated'
              else 'message.queued' = any (w.events)
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
  id,
  'message' as what
from
  new_messages
union all
select
  id,
  'delivery'
from
  new_deliveries
union all
select
  "id",
  'unpaid'
from
  unpaid

-- Plan:
-- Append
--   [CTE input] Nested Loop
--     Function Scan
--     Function Scan
--   [CTE live_keys] Nested Loop
--     Nested Loop
--       Aggregate
--         CTE Scan
--       Index Scan by api_keys_pkey on api_keys
--     Memoize
--       Index Scan by accounts_pkey on accounts
--   [CTE balances] LockRows
--     Sort
--       Nested Loop
--         Aggregate
--           CTE Scan
--         Index Scan by accounts_pkey on accounts
--   [CTE dues] WindowAgg
--     Sort
--       Nested Loop
--         Nested Loop
--           CTE Scan
--           Materialize
--             Nested Loop
--               CTE Scan
--               Materialize
--                 Index Scan by idempotency_keys_expires_at_idx on idempotency_keys
--         CTE Scan
--   [CTE unpaid] CTE Scan
--   [CTE claimed_keys] ModifyTable on idempotency_keys
--     Subquery Scan
--       Sort
--         Nested Loop
--           CTE Scan
--             [SubPlan 6] CTE Scan
--           CTE Scan
--   [CTE new_messages] ModifyTable on messages
--     Subquery Scan
--       Sort
--         Nested Loop
--           CTE Scan
--             [SubPlan 8] CTE Scan
--             [SubPlan 10] CTE Scan
--           CTE Scan
--   [CTE timeline] ModifyTable on message_events
--     CTE Scan
--   [CTE counter_changes] ModifyTable on counter_deltas
--     Subquery Scan
--       Aggregate
--         CTE Scan
--   [CTE debited] ModifyTable on accounts
--     Nested Loop
--       Subquery Scan
--         Aggregate
--           CTE Scan
--       Index Scan by accounts_pkey on accounts
--   [CTE ledger_lines] ModifyTable on credit_entries
--     Subquery Scan
--       WindowAgg
--         Sort
--           Nested Loop
--             CTE Scan
--             CTE Scan
--   [CTE subscribed_accounts] Nested Loop
--     Aggregate
--       CTE Scan
--     Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--   [CTE new_events] WindowAgg
--     [InitPlan 17] CTE Scan
--     Nested Loop
--       CTE Scan
--       Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
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
--         [SubPlan 20] Index Scan by contact_aliases_pkey on contact_aliases
--   CTE Scan
--   CTE Scan
--   CTE Scan
