with
  listed as materialized (
    select
      exists (
        select
        from
          template_lists
        where
          account_id = $1
          and business_account_id = $2
      ) as before
  ),
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
        components,
        told_status
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
      n.components::jsonb,
      case
        when (
          select
            before
          from
            listed
        ) then n.status
      end
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
      updated_at = excluded.updated_at,
      told_status = case
        when templates.status = excluded.status then templates.told_status
        else excluded.status
      end
    where
      templates.updated_at <= excluded.updated_at
    returning
      name,
      language,
      status,
      reason,
      category
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
  category,
  was,
  status as "is",
  reason
from
  compared
where
  was is distinct from status
  and (
    was is not null
    or (
      select
        before
      from
        listed
    )
  )

-- Plan:
-- CTE Scan
--   [CTE listed] Result
--     [InitPlan 1] Index Scan by template_lists_business_account_id_idx on template_lists
--   [CTE saved] ModifyTable on templates
--     [InitPlan 3] CTE Scan
--     Function Scan
--   [InitPlan 8] CTE Scan
--   [SubPlan 5] Index Scan by templates_pkey on templates
--   [SubPlan 7] Index Scan by templates_pkey on templates
--   [SubPlan 6] Index Scan by templates_pkey on templates
