with
  ready as materialized (
    select
      m.id,
      m.account_id,
      m.session_id,
      m.address,
      coalesce(a.canonical, m.address) as person,
      m.lane,
      m.seq,
      m.expires_at,
      m.created_at
    from
      messages m
      left join contact_aliases a on a.account_id = m.account_id
      and a.address = m.address
    where
      m.id = any ($1::uuid[])
      and m.status in ('queued', 'retrying')
      and m.due_at <= now() + interval '200 milliseconds'
  ),
  chains as (
    select
      account_id,
      session_id,
      person,
      lane,
      max(seq) as last,
      count(*) as size
    from
      ready
    group by
      1,
      2,
      3,
      4
  ),
  addresses as (
    select
      c.*,
      c.person as address
    from
      chains c
    union all
    select
      c.*,
      b.address
    from
      chains c
      join contact_aliases b on b.account_id = c.account_id
      and b.canonical = c.person
  ),
  barriers as materialized (
    select distinct
      on (session_id, person, lane) c.session_id,
      c.person,
      c.lane,
      b.seq,
      b.due_at,
      b.waits_for
    from
      addresses c
      cross join lateral (
        select
          p.seq,
          p.due_at,
          p.waits_for
        from
          (
            select
              p.id,
              p.seq,
              p.due_at,
              coalesce(p.waiting_for, p.error_code) as waits_for
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
    order by
      session_id,
      person,
      lane,
      b.seq
  )
select
  r.id,
  r.session_id,
  r.address,
  r.person,
  r.expires_at is not null
  and r.expires_at <= now() as expired,
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
  end as blocked_ms,
  case
    when b.seq < r.seq
    and b.due_at > now() then b.waits_for
  end as blocked_for
from
  ready r
  left join barriers b using (session_id, person, lane)
order by
  r.seq

-- Plan:
-- Sort
--   [CTE ready] Nested Loop
--     Index Scan by messages_pkey on messages
--     Index Scan by contact_aliases_pkey on contact_aliases
--   [CTE chains] Aggregate
--     CTE Scan
--   [CTE barriers] Unique
--     Sort
--       Nested Loop
--         Append
--           CTE Scan
--           Subquery Scan
--             Nested Loop
--               CTE Scan
--               Index Scan by contact_aliases_account_id_canonical_idx on contact_aliases
--         Limit
--           Nested Loop
--             Limit
--               Index Scan by messages_chain_idx on messages
--             CTE Scan
--   Nested Loop
--     CTE Scan
--     CTE Scan
