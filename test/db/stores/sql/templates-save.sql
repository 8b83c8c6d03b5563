with
  saved as (
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
        components
      )
    select
      $1::uuid,
      $2,
      $3::timestamptz,
      n.name,
      n.language,
      n.external_id,
      n.status,
      n.reason,
      n.category,
      n.components::jsonb
    from
      unnest(
        $4::text[],
        $5::text[],
        $6::text[],
        $7::text[],
        $8::text[],
        $9::text[],
        $10::text[]
      ) as n (
        name,
        language,
        external_id,
        status,
        reason,
        category,
        components
      )
    on conflict (account_id, business_account_id, name, language) do update
    set
      external_id = excluded.external_id,
      status = excluded.status,
      reason = excluded.reason,
      category = excluded.category,
      components = excluded.components,
      updated_at = excluded.updated_at
    where
      templates.updated_at <= excluded.updated_at
    returning
      name,
      language,
      status,
      reason
  ),
  compared as (
    select
      s.*,
      (
        select
          t.status
        from
          templates t
        where
          t.account_id = $1
          and t.business_account_id = $2
          and t.name = s.name
          and t.language = s.language
      ) as was
    from
      saved s
  )
select
  $1::uuid as "accountId",
  $2 as "businessAccountId",
  name,
  language,
  was,
  status as "is",
  reason
from
  compared
where
  was is distinct from status

-- Plan:
-- CTE Scan
--   [CTE saved] ModifyTable on templates
--     Function Scan
--   [SubPlan 2] Index Scan by templates_pkey on templates
--   [SubPlan 3] Index Scan by templates_pkey on templates
