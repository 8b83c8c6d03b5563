with
  asked as (
    select
      *
    from
      unnest($1::int[], $2::uuid[], $3::text[], $4::uuid[]) as c (n, account_id, address, session_id)
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
  )
select
  p.n,
  max(w.last_inbound_at) as at
from
  person p
  join contact_windows w using (account_id, address, session_id)
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
--     Index Scan by contact_windows_pkey on contact_windows
