with
  ready as materialized (
    select
      id,
      session_id,
      address,
      lane,
      seq,
      expires_at,
      created_at
    from
      messages
    where
      id = any ($1::uuid[])
      and status in ('queued', 'retrying')
      and due_at <= now() + interval '200 milliseconds'
  ),
  chains as (
    select
      session_id,
      address,
      lane,
      max(seq) as last,
      count(*) as size
    from
      ready
    group by
      1,
      2,
      3
  ),
  barriers as materialized (
    select
      c.session_id,
      c.address,
      c.lane,
      b.seq,
      b.due_at
    from
      chains c
      cross join lateral (
        select
          p.seq,
          p.due_at
        from
          (
            select
              p.id,
              p.seq,
              p.due_at
            from
              messages p
            where
              p.session_id = c.session_id
              and p.address = c.address
              and p.lane = c.lane
              and p.status in ('queued', 'processing', 'retrying')
              and p.seq < c.last
            order by
              p.seq
            limit
              c.size
          ) p
        where
          not exists (
            select
            from
              ready q
            where
              q.id = p.id
          )
        order by
          p.seq
        limit
          1
      ) b
  )
select
  r.id,
  r.session_id,
  r.address,
  extract(
    epoch
    from
      r.expires_at - now()
  )::float8 * 1000 as expires_in_ms,
  extract(
    epoch
    from
      now() - r.created_at
  )::float8 * 1000 as age_ms,
  case
    when b.seq < r.seq then greatest(
      0,
      extract(
        epoch
        from
          b.due_at - now()
      )::float8 * 1000
    )
  end as blocked_ms
from
  ready r
  left join barriers b using (session_id, address, lane)
order by
  r.seq

-- Plan:
-- Sort
--   [CTE ready] Index Scan by messages_pkey on messages
--   [CTE barriers] Nested Loop
--     Aggregate
--       CTE Scan
--     Limit
--       Nested Loop
--         Limit
--           Index Scan by messages_chain_idx on messages
--         CTE Scan
--   Nested Loop
--     CTE Scan
--     CTE Scan
