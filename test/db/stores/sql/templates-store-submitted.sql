with
  stored as (
    insert into
      templates (
        account_id,
        business_account_id,
        updated_at,
        name,
        language,
        external_id,
        status,
        reason,
        category,
        components,
        told_status
      )
    select
      $1::uuid,
      $2,
      now(),
      n.name,
      n.language,
      n.external_id,
      n.status,
      n.reason,
      n.category,
      n.components::jsonb,
      n.status
    from
      unnest(
        $3::text[],
        $4::text[],
        $5::text[],
        $6::text[],
        $7::text[],
        $8::text[],
        $9::text[]
      ) as n (
        name,
        language,
        external_id,
        status,
        reason,
        category,
        components
      )
    order by
      n.language
    on conflict (account_id, business_account_id, name, language) do update
    set
      external_id = excluded.external_id,
      status = excluded.status,
      reason = excluded.reason,
      category = excluded.category,
      components = excluded.components,
      updated_at = excluded.updated_at,
      told_status = excluded.told_status
    returning
      name,
      language,
      external_id as "externalId",
      status,
      reason,
      category,
      components,
      updated_at as "updatedAt"
  )
select
  *
from
  stored
order by
  language

-- Plan:
-- Sort
--   [CTE stored] ModifyTable on templates
--     Subquery Scan
--       Sort
--         Function Scan
--   CTE Scan
