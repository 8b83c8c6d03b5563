with
  asked as (
    select
      1 as n,
      $1::uuid as account_id,
      $3::uuid as session_id,
      address
    from
      unnest($2::text[]) as x (address)
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
  w.changed_at as at,
  w.value
from
  person p
  join contact_preferences w using (account_id, address, session_id)
where
  w.category = $4
order by
  w.changed_at desc
limit
  1

-- Plan:
-- Limit
--   [CTE asked] Function Scan
--   [CTE known] Unique
--     Sort
--       Append
--         CTE Scan
--         Nested Loop
--           CTE Scan
--           Index Scan by contact_aliases_pkey on contact_aliases
--   Sort
--     Nested Loop
--       Index Scan by contact_preferences_pkey on contact_preferences
--       Unique
--         Merge Append
--           CTE Scan
--           Incremental Sort
--             Nested Loop
--               CTE Scan
--               Index Scan by contact_aliases_account_id_canonical_idx on contact_aliases
