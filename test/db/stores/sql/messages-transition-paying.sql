with
  balances as materialized (
    select
      id,
      credits
    from
      accounts
    where
      id = any ($38::uuid[])
    order by
      id
    for no key update
  ),
  requested as materialized (
    select
      x.*,
      p.credits as balance,
      sum(least(x.amount, 0)) over (
        partition by
          x.account_id
        order by
          x.id
      ) as dues
    from
      unnest($37::uuid[], $38::uuid[], $39::int[], $40::int[]) as x (id, account_id, rev, amount)
      join balances p on p.id = x.account_id
  ),
  payments as materialized (
    select
      *
    from
      requested
    where
      case
        when amount < 0 then balance + dues >= 0
        else not exists (
          select
          from
            provider_attempts a
          where
            a.message_id = requested.id
            and (
              a.outcome <> 'refused'
              or a.external_id is not null
            )
        )
      end
  ),
  transitioned as (
    update messages m
    set
      status = i.status,
      external_id = i.external_id,
      attempt = i.attempt,
      attempt_floor = i.attempt_floor,
      rev = i.next_rev,
      unknown_at = i.unknown_at,
      due_at = i.due_at,
      wake_at = i.wake_at,
      expires_at = i.expires_at,
      sent_at = i.sent_at,
      delivered_at = i.delivered_at,
      read_at = i.read_at,
      failed_at = i.failed_at,
      error_code = i.error_code,
      error_message = i.error_message,
      credits = m.credits - coalesce(
        (
          select
            y.amount
          from
            payments y
          where
            y.id = m.id
        ),
        0
      )
    from
      unnest(
        $1::uuid[],
        $2::int[],
        $3::int[],
        $4::text[],
        $5::text[],
        $6::text[],
        $7::int[],
        $8::int[],
        $9::timestamptz[],
        $10::timestamptz[],
        $11::timestamptz[],
        $12::timestamptz[],
        $13::timestamptz[],
        $14::timestamptz[],
        $15::timestamptz[],
        $16::timestamptz[],
        $17::text[],
        $18::text[],
        $19::text[]
      ) as i (
        id,
        rev,
        next_rev,
        was,
        status,
        external_id,
        attempt,
        attempt_floor,
        unknown_at,
        due_at,
        wake_at,
        expires_at,
        sent_at,
        delivered_at,
        read_at,
        failed_at,
        error_code,
        error_message,
        steps
      )
    where
      m.id = i.id
      and m.rev = i.rev
      and not exists (
        select
        from
          requested q
        where
          q.id = m.id
          and q.amount < 0
          and q.id not in (
            select
              id
            from
              payments
          )
      )
    returning
      m.id,
      m.account_id,
      m.session_id,
      m.batch_id,
      m.created_at,
      i.was,
      m.status,
      m.address,
      m.metadata,
      m.dry_run,
      m.origin,
      m.sealed is not null as secret,
      i.steps
  ),
  timeline as (
    insert into
      message_events as e (
        message_id,
        status,
        key,
        at,
        provider_at,
        detail,
        provider
      )
    select
      x.message_id,
      x.status,
      x.key,
      x.at,
      x.provider_at,
      x.detail,
      x.provider
    from
      unnest(
        $20::uuid[],
        $21::text[],
        $22::text[],
        $23::timestamptz[],
        $24::timestamptz[],
        $25::text[],
        $26::boolean[],
        $27::jsonb[]
      ) as x (
        message_id,
        status,
        key,
        at,
        provider_at,
        detail,
        always,
        provider
      )
    where
      x.always
      or x.message_id in (
        select
          id
        from
          transitioned
      )
    order by
      1,
      2,
      3
    on conflict (message_id, status, key) do update
    set
      provider_at = coalesce(e.provider_at, excluded.provider_at),
      provider = coalesce(e.provider, excluded.provider)
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
      transitioned,
      lateral (
        values
          (was, -1),
          (transitioned.status, 1)
      ) as s (status, delta)
    where
      was <> transitioned.status
      and origin is null
    group by
      1,
      2,
      3
  ),
  recorded_attempts as (
    insert into
      provider_attempts as a (
        message_id,
        attempt,
        started_at,
        ended_at,
        outcome,
        code,
        detail,
        external_id,
        provider
      )
    select
      *
    from
      unnest(
        $28::uuid[],
        $29::int[],
        $30::timestamptz[],
        $31::timestamptz[],
        $32::text[],
        $33::text[],
        $34::text[],
        $35::text[],
        $36::jsonb[]
      )
    on conflict (message_id, attempt) do update
    set
      started_at = least(a.started_at, excluded.started_at),
      ended_at = excluded.ended_at,
      outcome = excluded.outcome,
      code = excluded.code,
      detail = excluded.detail,
      external_id = excluded.external_id,
      provider = excluded.provider
      -- A process that gave an attempt up must not overwrite the outcome that its worker recorded meanwhile.
    where
      a.outcome = 'unknown'
      or excluded.outcome <> 'unknown'
  ),
  woken_verifications as (
    update otp_verifications v
    set
      wake_at = now()
    from
      transitioned t
      join otp_sends o on o.message_id = t.id
    where
      t.secret
      and v.id = o.verification_id
  ),
  subscribed_accounts as materialized (
    select
      a.id
    from
      (
        select distinct
          account_id as id
        from
          transitioned
      ) a
    where
      exists (
        select
        from
          webhook_endpoints w
        where
          w.account_id = a.id
      )
  ),
  new_events as materialized (
    select
      row_number() over (
        order by
          x.rev,
          t.type
      ) as ord,
      hermod_uuidv7 () as id,
      m.account_id,
      t.type,
      m.session_id,
      m.id as message_id,
      m.address as order_key,
      case t.type
        when 'message.status_updated' then json_build_object(
          'event',
          'message.status_updated',
          'timestamp',
          hermod_iso (x.at),
          'data',
          (
            left(
              json_build_object(
                'messageId',
                m.id,
                'status',
                case x.status
                  when 'expired' then 'failed'
                  else x.status
                end,
                'to',
                m.address,
                'deliveredAt',
                hermod_iso (x.delivered_at),
                'readAt',
                hermod_iso (x.read_at),
                'failedAt',
                hermod_iso (x.failed_at),
                'errorMessage',
                x.error_message,
                'metadata',
                m.metadata
              )::text,
              -1
            ) || case x.status
              when 'expired' then ', "reason": "expired"'
              else ''
            end || case
              when m.dry_run then ', "dryRun": true'
              else ''
            end || '}'
          )::json
        )::text
        else json_build_object(
          'type',
          'message.' || x.status,
          'timestamp',
          hermod_iso (x.at),
          'data',
          json_build_object(
            'messageId',
            m.id,
            'status',
            x.status,
            'to',
            m.address,
            'session',
            m.session_id,
            'batchId',
            m.batch_id,
            'externalId',
            x.external_id,
            'createdAt',
            hermod_iso (m.created_at),
            'sentAt',
            hermod_iso (x.sent_at),
            'deliveredAt',
            hermod_iso (x.delivered_at),
            'readAt',
            hermod_iso (x.read_at),
            'failedAt',
            hermod_iso (x.failed_at),
            'errorCode',
            x.error_code,
            'errorMessage',
            left(x.error_message, 500),
            'metadata',
            case
              when octet_length(m.metadata::text) <= 16384 then m.metadata
            end,
            'dryRun',
            m.dry_run,
            'provider',
            case
              when octet_length(x.provider::text) <= 2048 then x.provider
            end,
            'sequence',
            x.rev,
            'occurredAt',
            hermod_iso (x.at)
          )
        )::text
      end as payload
    from
      transitioned m
      cross join lateral json_to_recordset(m.steps::json) as x (
        at timestamptz,
        status text,
        rev int,
        external_id text,
        sent_at timestamptz,
        delivered_at timestamptz,
        read_at timestamptz,
        failed_at timestamptz,
        error_code text,
        error_message text,
        provider json
      )
      cross join lateral (
        select distinct
          t.type
        from
          webhook_endpoints w
          cross join (
            values
              (
                case
                  when x.status <> 'queued' then 'message.status_updated'
                end
              ),
              ('message.' || x.status)
          ) as t (type)
        where
          w.account_id = m.account_id
          and (
            w.enabled
            or w.disabled_reason is distinct from 'owner'
          )
          and (
            case
              when cardinality(w.events) = 0 then t.type <> 'message.status_updated'
              else t.type = any (w.events)
            end
          )
          and (
            cardinality(w.session_ids) = 0
            or m.session_id is null
            or m.session_id = any (w.session_ids)
          )
      ) as t
    where
      m.account_id = any (
        array(
          select
            id
          from
            subscribed_accounts
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
  ),
  made_payments as materialized (
    select
      y.*
    from
      payments y
    where
      y.id in (
        select
          id
        from
          transitioned
      )
  ),
  debited as (
    update accounts a
    set
      credits = a.credits + s.amount
    from
      (
        select
          account_id,
          sum(amount) as amount
        from
          made_payments
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
      b.account_id,
      case
        when b.amount < 0 then 'debit'
        else 'refund'
      end,
      b.amount,
      b.balance + sum(b.amount) over (
        partition by
          b.account_id
        order by
          b.id
      ),
      b.id,
      case
        when b.amount < 0 then 'debit:'
        else 'refund:'
      end || b.id || ':' || b.rev
    from
      made_payments b
    order by
      b.account_id,
      b.id
  )
select
  coalesce(
    (
      select
        array_agg(id)
      from
        transitioned
    ),
    '{}'
  ) as transitioned,
  coalesce(
    (
      select
        array_agg(id)
      from
        new_deliveries
    ),
    '{}'
  ) as deliveries,
  coalesce(
    (
      select
        json_agg(
          json_build_object('id', q.id, 'balance', q.balance)
        )
      from
        requested q
      where
        q.amount < 0
        and q.id not in (
          select
            id
          from
            payments
        )
    ),
    '[]'
  ) as unpaid

-- Plan:
-- Result
--   [CTE balances] LockRows
--     Index Scan by accounts_pkey on accounts
--   [CTE requested] WindowAgg
--     Sort
--       Nested Loop
--         CTE Scan
--         Function Scan
--   [CTE payments] CTE Scan
--     [SubPlan 3] Index Scan by provider_attempts_pkey on provider_attempts
--   [CTE transitioned] ModifyTable on messages
--     Nested Loop
--       Nested Loop
--         Function Scan
--         Index Scan by messages_pkey on messages
--       CTE Scan
--         [SubPlan 7] CTE Scan
--       [SubPlan 6] CTE Scan
--   [CTE timeline] ModifyTable on message_events
--     Subquery Scan
--       Sort
--         Function Scan
--           [SubPlan 9] CTE Scan
--   [CTE counter_changes] ModifyTable on counter_deltas
--     Subquery Scan
--       Aggregate
--         Nested Loop
--           CTE Scan
--           Values Scan
--   [CTE recorded_attempts] ModifyTable on provider_attempts
--     Function Scan
--   [CTE woken_verifications] ModifyTable on otp_verifications
--     Nested Loop
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_sends_message_idx on otp_sends
--       Index Scan by otp_verifications_pkey on otp_verifications
--   [CTE subscribed_accounts] Nested Loop
--     Aggregate
--       CTE Scan
--     Index Only Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--   [CTE new_events] WindowAgg
--     [InitPlan 15] CTE Scan
--     Sort
--       Nested Loop
--         Nested Loop
--           CTE Scan
--           Function Scan
--         Unique
--           Sort
--             Nested Loop
--               Index Scan by webhook_endpoints_account_id_idx on webhook_endpoints
--               Values Scan
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
--         [SubPlan 18] Index Scan by contact_aliases_pkey on contact_aliases
--   [CTE made_payments] Nested Loop
--     Aggregate
--       CTE Scan
--     CTE Scan
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
--           CTE Scan
--   [InitPlan 23] Aggregate
--     CTE Scan
--   [InitPlan 24] Aggregate
--     CTE Scan
--   [InitPlan 26] Aggregate
--     CTE Scan
--       [SubPlan 25] CTE Scan
