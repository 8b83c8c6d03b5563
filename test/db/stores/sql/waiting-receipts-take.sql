with
  due as materialized (
    select
      account_id,
      external_id,
      status,
      created_at
    from
      waiting_receipts
    where
      wake_at <= now()
    order by
      wake_at
    limit
      $1
    for update
      skip locked
  ),
  forgotten as (
    delete from waiting_receipts w using due d
    where
      w.account_id = d.account_id
      and w.external_id = d.external_id
      and w.status = d.status
      and d.created_at < now() - $2 * interval '1 day'
    returning
      w.external_id
  ),
  postponed as (
    update waiting_receipts w
    set
      wake_at = now() + least(
        interval '1 hour',
        greatest(interval '400 milliseconds', now() - d.created_at)
      )
    from
      due d
    where
      w.account_id = d.account_id
      and w.external_id = d.external_id
      and w.status = d.status
      and d.created_at >= now() - $2 * interval '1 day'
    returning
      w.account_id,
      w.external_id,
      w.status,
      w.provider,
      w.verified_by,
      w.event
  )
select
  coalesce(
    (
      select
        json_agg(
          json_build_object(
            'accountId',
            p.account_id,
            'externalId',
            p.external_id,
            'status',
            p.status,
            'provider',
            p.provider,
            'verifiedBy',
            p.verified_by,
            'event',
            p.event
          )
        )
      from
        postponed p
      where
        exists (
          select
          from
            messages m
          where
            m.external_id = p.external_id
            and m.direction = 'outbound'
        )
    ),
    '[]'
  ) as found,
  (
    select
      count(*)::int
    from
      due
  ) as looked,
  (
    select
      count(*)::int
    from
      forgotten
  ) as forgotten

-- Plan:
-- Result
--   [CTE due] Limit
--     LockRows
--       Index Scan by waiting_receipts_wake_at_idx on waiting_receipts
--   [CTE forgotten] ModifyTable on waiting_receipts
--     Nested Loop
--       Index Scan by waiting_receipts_pkey on waiting_receipts
--       CTE Scan
--   [CTE postponed] ModifyTable on waiting_receipts
--     Nested Loop
--       Index Scan by waiting_receipts_pkey on waiting_receipts
--       CTE Scan
--   [InitPlan 4] Aggregate
--     Nested Loop
--       CTE Scan
--       Index Scan by messages_external_idx on messages
--   [InitPlan 5] Aggregate
--     CTE Scan
--   [InitPlan 6] Aggregate
--     CTE Scan
