with
  changed_statuses as materialized (
    select distinct
      on (
        l.account_id,
        l.business_account_id,
        n.name,
        n.language
      ) l.account_id,
      l.business_account_id,
      n.name,
      n.language,
      n.status,
      n.reason,
      n.category,
      n.at,
      old.status as was,
      old.told_status as reported
    from
      unnest(
        $1::text[],
        $2::uuid[],
        $3::text[],
        $4::text[],
        $5::text[],
        $6::text[],
        $7::timestamptz[],
        $8::text[]
      ) as n (
        business,
        account,
        name,
        language,
        status,
        reason,
        at,
        category
      )
      join template_lists l on l.business_account_id = n.business
      and (
        n.account is null
        or l.account_id = n.account
      )
      left join templates old on old.account_id = l.account_id
      and old.business_account_id = l.business_account_id
      and old.name = n.name
      and old.language = n.language
    where
      n.status is not null
      and (
        old.name is not null
        or n.at >= l.fetched_at
      )
    order by
      1,
      2,
      3,
      4,
      n.at desc
  ),
  saved as (
    insert into
      templates as t (
        account_id,
        business_account_id,
        name,
        language,
        status,
        reason,
        category,
        components,
        updated_at,
        told_status
      )
    select
      account_id,
      business_account_id,
      name,
      language,
      status,
      reason,
      category,
      '[]',
      at,
      status
    from
      changed_statuses
    order by
      1,
      2,
      3,
      4
    on conflict (account_id, business_account_id, name, language) do update
    set
      status = excluded.status,
      reason = coalesce(
        excluded.reason,
        case
          when t.status = excluded.status then t.reason
        end
      ),
      category = coalesce(t.category, excluded.category),
      updated_at = greatest(t.updated_at, excluded.updated_at),
      told_status = excluded.status
    where
      t.updated_at <= excluded.updated_at
      -- Late, but the first report of the status that a reading found.
      or (
        t.status = excluded.status
        and t.told_status is distinct from excluded.status
      )
    returning
      account_id,
      business_account_id,
      name,
      language,
      category,
      status,
      reason
  )
select
  s.account_id as "accountId",
  s.business_account_id as "businessAccountId",
  s.name,
  s.language,
  s.category,
  nullif(n.was, s.status) as was,
  s.status as "is",
  s.reason
from
  saved s
  join changed_statuses n using (account_id, business_account_id, name, language)
where
  n.was is distinct from s.status
  or n.reported is distinct from s.status

-- Plan:
-- Nested Loop
--   [CTE changed_statuses] Unique
--     Sort
--       Nested Loop
--         Nested Loop
--           Index Scan by template_lists_business_account_id_idx on template_lists
--           Function Scan
--         Index Scan by templates_pkey on templates
--   [CTE saved] ModifyTable on templates
--     Subquery Scan
--       CTE Scan
--   CTE Scan
--   CTE Scan
