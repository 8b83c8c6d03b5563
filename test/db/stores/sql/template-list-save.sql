insert into
  template_lists (account_id, business_account_id, fetched_at)
values
  ($1, $2, $3)
on conflict (account_id, business_account_id) do update
set
  fetched_at = excluded.fetched_at
where
  template_lists.fetched_at < excluded.fetched_at

-- Plan:
-- ModifyTable on template_lists
--   Result
