import type { Template } from '../../../domain/templates/definition.ts'
import { storableJson } from '../../../kit/storable.ts'
import { columnsOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'

/** The owner of a list of templates: an account that reads those of a business. */
export interface TemplateOwner {
  accountId: string
  /** The provider's id of the business (Meta: WABA id). */
  businessAccountId: string
}

/** A template as it was last read or reported. */
export interface TemplateRecord extends Template {
  updatedAt: Date
}

/**
 * A template whose status is another now, or is reported for the first time. `was` is null for one that was not known
 * before, or of which nothing was reported.
 */
export interface TemplateChange extends TemplateOwner {
  name: string
  language: string
  category: string | null
  was: string | null
  is: string
  reason: string | null
}

/** When a list was read, and when a change was last reported. */
export interface TemplateListState {
  /** When the reading began. */
  fetchedAt: Date
  toldAt: Date | null
}

export const columns = `name, language, external_id as "externalId", status, reason, category, components,
  updated_at as "updatedAt"`

/** How an account's list of a business's templates stands; null when it was never read. */
export async function findTemplateList(db: Db, owner: TemplateOwner): Promise<TemplateListState | null> {
  const [row] = await db.query<TemplateListState>(
    'template-list-find',
    `select fetched_at as "fetchedAt", told_at as "toldAt" from template_lists
      where account_id = $1 and business_account_id = $2`,
    [owner.accountId, owner.businessAccountId],
  )
  return row ?? null
}

/** All languages of a name. */
export function findTemplate(db: Db, owner: TemplateOwner, name: string): Promise<TemplateRecord[]> {
  return db.query<TemplateRecord>(
    'template-find',
    `select ${columns} from templates
      where account_id = $1 and business_account_id = $2 and name = $3 order by language`,
    [owner.accountId, owner.businessAccountId, name],
  )
}

/** Which templates to list, in the order of their names and languages. */
export interface TemplateFilter extends TemplateOwner {
  name: string | null
  status: string | null
  language: string | null
  /** Only those behind this one (the cursor). */
  after: { name: string; language: string } | null
  limit: number
  offset: number
}

const filtered = `from templates where account_id = $1 and business_account_id = $2
  and ($3::text is null or name = $3) and ($4::text is null or status = $4)
  and ($5::text is null or language = $5)`

/** A page of an account's templates of a business. */
export function listTemplates(db: Db, filter: TemplateFilter): Promise<TemplateRecord[]> {
  return db.query<TemplateRecord>(
    'templates-list',
    `select ${columns} ${filtered} and (name, language) > (coalesce($6, ''), coalesce($7, ''))
      order by name, language limit $8 offset $9`,
    [
      ...filterValues(filter),
      filter.after?.name ?? null,
      filter.after?.language ?? null,
      filter.limit,
      filter.offset,
    ],
  )
}

/** How many there are in all; a business has a few thousand at most. */
export async function countTemplates(db: Db, filter: TemplateFilter): Promise<number> {
  const [row] = await db.query<{ count: string }>(
    'templates-count',
    `select count(*) as count ${filtered}`,
    filterValues(filter),
  )
  return Number(row?.count ?? 0)
}

function filterValues({ accountId, businessAccountId, name, status, language }: TemplateFilter): unknown[] {
  return [accountId, businessAccountId, name, status, language]
}

/**
 * Replaces the stored templates by those that were read (with `some`, only those of the same names and languages), and
 * returns those whose status changed; of a first reading
 * nothing is a change. What a callback reported after `fetchedAt`, the start of the reading, stays.
 */
export async function saveTemplates(
  db: Db,
  { accountId, businessAccountId }: TemplateOwner,
  { fetchedAt, templates, some = false }: { fetchedAt: Date; templates: readonly Template[]; some?: boolean },
): Promise<TemplateChange[]> {
  const distinct = new Map(templates.map((one) => [`${one.name}:${one.language}`, one]))
  const owner = [accountId, businessAccountId, fetchedAt]
  const changes = await db.query<TemplateChange>('templates-save', saveSql, [
    ...owner,
    ...valuesOf([...distinct.values()]),
  ])
  // Templates that were read have the present time; older rows are of templates that no longer exist.
  if (!some) {
    await db.query(
      'templates-delete-missing',
      'delete from templates where account_id = $1 and business_account_id = $2 and updated_at < $3',
      owner,
    )
  }
  await db.query(
    'template-list-save',
    `insert into template_lists (account_id, business_account_id, fetched_at) values ($1, $2, $3)
     on conflict (account_id, business_account_id) do update set fetched_at = excluded.fetched_at
       where template_lists.fetched_at < excluded.fetched_at`,
    owner,
  )
  return changes
}

/** Templates, turned on their side for the columns name, language, external_id, status, reason, category and components. */
export function valuesOf(templates: readonly Template[]): string[] {
  return columnsOf(templates, [
    (one) => one.name,
    (one) => one.language,
    (one) => one.externalId,
    (one) => one.status,
    (one) => one.reason,
    (one) => one.category,
    (one) => storableJson(one.components),
  ])
}

// The subqueries see the rows as they were before the statement.
const saveSql = `
with listed as materialized (
  select exists (select from template_lists where account_id = $1 and business_account_id = $2) as before
), saved as (
  insert into templates (account_id, business_account_id, updated_at, name, language, external_id, status, reason,
    category, components, told_status)
  select $1::uuid, $2, $3::timestamptz, n.name, n.language, n.external_id, n.status, n.reason, n.category,
      n.components::jsonb, case when (select before from listed) then n.status end
    from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
      as n(name, language, external_id, status, reason, category, components)
  on conflict (account_id, business_account_id, name, language) do update
    set external_id = excluded.external_id, status = excluded.status, reason = excluded.reason,
        category = excluded.category, components = excluded.components, updated_at = excluded.updated_at,
        told_status = case when templates.status = excluded.status then templates.told_status
                           else excluded.status end
    where templates.updated_at <= excluded.updated_at
  returning name, language, status, reason, category
), compared as (
  select s.*, (
    select t.status from templates t where t.account_id = $1 and t.business_account_id = $2
       and t.name = s.name and t.language = s.language) as was
  from saved s
)
select $1::uuid as "accountId", $2 as "businessAccountId", name, language, category, was, status as "is", reason
  from compared where was is distinct from status and (was is not null or (select before from listed))`

/** An update of a template that a callback reports. */
export interface TemplateUpdate {
  businessAccountId: string
  /** The account that it is for; null: every account that has the business. */
  accountId: string | null
  name: string
  language: string
  /** Null: it changed in another way. */
  status: string | null
  reason: string | null
  category: string | null
  /** When it happened, by the provider's clock. */
  at: Date
}

/**
 * Applies updates, each template at most once, to every list that they concern, and returns whose lists those are and
 * which templates have another status now, or are reported for the first time. Updates that are older than the stored
 * state change no status. A template that came after the list was read stands in it from now on, without its
 * components until the next reading.
 */
export async function applyTemplateUpdates(
  db: Db,
  updates: readonly TemplateUpdate[],
  now: Date,
): Promise<{ owners: TemplateOwner[]; changes: TemplateChange[] }> {
  const values = columnsOf(updates, [
    (one) => one.businessAccountId,
    (one) => one.accountId,
    (one) => one.name,
    (one) => one.language,
    (one) => one.status,
    (one) => one.reason,
    (one) => one.at,
    (one) => one.category,
  ])
  const [businesses = '', accounts = ''] = values
  const owners = await db.query<{ accountId: string; businessAccountId: string }>(
    'template-lists-mark-stale',
    `update template_lists l set told_at = $3
       from (select distinct business, account
               from unnest($1::text[], $2::uuid[]) as n(business, account)) n
      where l.business_account_id = n.business and (n.account is null or l.account_id = n.account)
      returning l.account_id as "accountId", l.business_account_id as "businessAccountId"`,
    [businesses, accounts, now],
  )
  return { owners, changes: await db.query<TemplateChange>('templates-update', templateUpdatesSql, values) }
}

const templateUpdatesSql = `
with changed_statuses as materialized (
  select distinct on (l.account_id, l.business_account_id, n.name, n.language) l.account_id, l.business_account_id, n.name, n.language, n.status, n.reason, n.category, n.at,
         old.status as was, old.told_status as reported
    from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
           as n(business, account, name, language, status, reason, at, category)
    join template_lists l on l.business_account_id = n.business and (n.account is null or l.account_id = n.account)
    left join templates old on old.account_id = l.account_id and old.business_account_id = l.business_account_id
     and old.name = n.name and old.language = n.language
   where n.status is not null and (old.name is not null or n.at >= l.fetched_at)
   order by 1, 2, 3, 4, n.at desc
), saved as (
  insert into templates as t (account_id, business_account_id, name, language, status, reason, category, components,
    updated_at, told_status)
  select account_id, business_account_id, name, language, status, reason, category, '[]', at, status from changed_statuses
   order by 1, 2, 3, 4
  on conflict (account_id, business_account_id, name, language) do update
    set status = excluded.status, reason = coalesce(excluded.reason, case when t.status = excluded.status then t.reason end),
        category = coalesce(t.category, excluded.category), updated_at = greatest(t.updated_at, excluded.updated_at),
        told_status = excluded.status
    where t.updated_at <= excluded.updated_at
       -- Late, but the first report of the status that a reading found.
       or (t.status = excluded.status and t.told_status is distinct from excluded.status)
  returning account_id, business_account_id, name, language, category, status, reason
)
select s.account_id as "accountId", s.business_account_id as "businessAccountId", s.name, s.language, s.category,
       nullif(n.was, s.status) as was, s.status as "is", s.reason
  from saved s join changed_statuses n using (account_id, business_account_id, name, language)
 where n.was is distinct from s.status or n.reported is distinct from s.status`

/** A session through which the templates of a business can be read. */
export interface UnreadBusiness extends TemplateOwner {
  sessionId: string
}

/** Of these businesses, one session of each account that has never read their list. */
export function findUnreadBusinesses(
  db: Db,
  businesses: readonly { businessAccountId: string; accountId: string | null }[],
  limit: number,
): Promise<UnreadBusiness[]> {
  return db.query<UnreadBusiness>(
    'templates-unread-businesses',
    `select distinct on (s.account_id, s.business_account_id) s.account_id as "accountId",
            s.business_account_id as "businessAccountId", s.id as "sessionId"
       from unnest($1::text[], $2::uuid[]) as n(business, account)
       join sessions s on s.business_account_id = n.business and s.business_account_id is not null
        and (n.account is null or s.account_id = n.account) and s.state <> 'removed'
      where not exists (select from template_lists l
              where l.account_id = s.account_id and l.business_account_id = s.business_account_id)
      order by s.account_id, s.business_account_id, s.id limit $3`,
    [...columnsOf(businesses, [(one) => one.businessAccountId, (one) => one.accountId]), limit],
  )
}
