with
  asked as (
    select
      n,
      $1::uuid as account_id,
      null::uuid as session_id,
      address
    from
      unnest($2::int[], $3::text[]) as x (n, address)
  ),
  known as (
    select
      n,
      account_id,
      session_id,
      address
    from
      asked
    union
    select
      a.n,
      a.account_id,
      a.session_id,
      x.canonical
    from
      asked a
      join contact_aliases x using (account_id, address)
  ),
  person as (
    select
      n,
      account_id,
      session_id,
      address
    from
      known
    union
    select
      k.n,
      k.account_id,
      k.session_id,
      b.address
    from
      known k
      join contact_aliases b on b.account_id = k.account_id
      and b.canonical = k.address
  ),
  conversation as (
    select
      *
    from
      unnest($4::int[], $5::text[], $6::uuid[]) as x (n, address, last_id)
  )
select
  p.n,
  max(
    (
      select
        max(w.last_inbound_at)
      from
        contact_windows w
      where
        w.account_id = p.account_id
        and w.address = p.address
    )
  ) as "lastInboundAt",
  bool_or(
    exists (
      select
      from
        messages m
      where
        m.account_id = p.account_id
        and m.address = p.address
        and (m.address, m.id) > (p.address, c.last_id)
        and m.status not in ('queued', 'processing', 'retrying')
    )
    or exists (
      select
      from
        sessions s
        join messages m on m.session_id = s.id
      where
        s.account_id = p.account_id
        and m.address = p.address
        and m.id > c.last_id
        and m.status in ('queued', 'processing', 'retrying')
    )
  ) as "isContinued"
from
  person p
  join conversation c on c.n = p.n
  and c.address <> p.address
group by
  p.n

-- Plan:
-- Aggregate
--   [CTE asked] Function Scan
--   [CTE known] Unique
--     Sort
--       Append
--         CTE Scan
--         Nested Loop
--           CTE Scan
--           Index Scan by contact_aliases_pkey on contact_aliases
--   Nested Loop
--     Unique
--       Merge Append
--         CTE Scan
--         Incremental Sort
--           Nested Loop
--             CTE Scan
--             Index Scan by contact_aliases_account_id_canonical_idx on contact_aliases
--     Function Scan
--   [SubPlan 3] Aggregate
--     Index Scan by contact_windows_pkey on contact_windows
--   [SubPlan 4] Index Only Scan by messages_address_idx on messages
--   [SubPlan 5] Nested Loop
--     Index Only Scan by sessions_account_id_id_idx on sessions
--     Index Scan by messages_chain_idx on messages
