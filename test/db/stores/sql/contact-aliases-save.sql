with
  input as materialized (
    select distinct
      on (account_id, address) account_id,
      address,
      canonical
    from
      unnest($1::uuid[], $2::text[], $3::text[]) as x (account_id, address, canonical)
    order by
      account_id,
      address
  ),
  turned as (
    delete from contact_aliases a using input i
    where
      a.account_id = i.account_id
      and a.address = i.canonical
      and a.canonical = i.address
  )
insert into
  contact_aliases as a (account_id, address, canonical, learned_at)
select
  account_id,
  address,
  canonical,
  now()
from
  input
order by
  1,
  2
on conflict (account_id, address) do update
set
  canonical = excluded.canonical,
  learned_at = excluded.learned_at
where
  a.canonical <> excluded.canonical
  or a.learned_at < now() - interval '1 day'

-- Plan:
-- ModifyTable on contact_aliases
--   [CTE input] Unique
--     Sort
--       Function Scan
--   [CTE turned] ModifyTable on contact_aliases
--     Nested Loop
--       CTE Scan
--       Index Scan by contact_aliases_account_id_canonical_idx on contact_aliases
--   Subquery Scan
--     CTE Scan
