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

/** A template whose status is another now. `was` is null for one that was not known before. */
export interface TemplateChange extends TemplateOwner {
  name: string
  language: string
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

const columns = `name, language, external_id as "externalId", status, reason, category, components,
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
 * Replaces the stored templates by those that were read, and returns those whose status changed. What a callback reported
 * after `fetchedAt`, the start of the reading, stays.
 */
export async function saveTemplates(
  db: Db,
  { accountId, businessAccountId }: TemplateOwner,
  { fetchedAt, templates }: { fetchedAt: Date; templates: readonly Template[] },
): Promise<TemplateChange[]> {
  const distinct = new Map(templates.map((one) => [`${one.name}:${one.language}`, one]))
  const owner = [accountId, businessAccountId, fetchedAt]
  const changes = await db.query<TemplateChange>('templates-save', saveSql, [
    ...owner,
    ...columnsOf(
      [...distinct.values()],
      [
        (one) => one.name,
        (one) => one.language,
        (one) => one.externalId,
        (one) => one.status,
        (one) => one.reason,
        (one) => one.category,
        (one) => storableJson(one.components),
      ],
    ),
  ])
  // Templates that were read have the present time; older rows are of templates that no longer exist.
  await db.query(
    'templates-delete-missing',
    'delete from templates where account_id = $1 and business_account_id = $2 and updated_at < $3',
    owner,
  )
  await db.query(
    'template-list-save',
    `insert into template_lists (account_id, business_account_id, fetched_at) values ($1, $2, $3)
     on conflict (account_id, business_account_id) do update set fetched_at = excluded.fetched_at
       where template_lists.fetched_at < excluded.fetched_at`,
    owner,
  )
  return changes
}

// The subquery sees the rows as they were before the statement.
const saveSql = `
with saved as (
  insert into templates (account_id, business_account_id, updated_at, name, language, external_id, status, reason,
    category, components)
  select $1::uuid, $2, $3::timestamptz, n.name, n.language, n.external_id, n.status, n.reason, n.category,
      n.components::jsonb
    from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
      as n(name, language, external_id, status, reason, category, components)
  on conflict (account_id, business_account_id, name, language) do update
    set external_id = excluded.external_id, status = excluded.status, reason = excluded.reason,
        category = excluded.category, components = excluded.components, updated_at = excluded.updated_at
    where templates.updated_at <= excluded.updated_at
  returning name, language, status, reason
), compared as (
  select s.*, (
    select t.status from templates t where t.account_id = $1 and t.business_account_id = $2
       and t.name = s.name and t.language = s.language) as was
  from saved s
)
select $1::uuid as "accountId", $2 as "businessAccountId", name, language, was, status as "is", reason
  from compared where was is distinct from status`

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
  /** When it happened, by the provider's clock. */
  at: Date
}

/**
 * Applies updates, each template at most once, to every list that they concern, and returns whose lists those are and
 * which templates have another status now. Updates that are older than the stored state change no status.
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
update templates t set status = n.status, reason = n.reason, updated_at = n.at
  from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         as n(business, account, name, language, status, reason, at)
  join template_lists l on l.business_account_id = n.business and (n.account is null or l.account_id = n.account)
  join templates old on old.account_id = l.account_id and old.business_account_id = l.business_account_id
   and old.name = n.name and old.language = n.language
 where t.account_id = old.account_id and t.business_account_id = old.business_account_id and t.name = old.name
   and t.language = old.language and n.status is not null and t.updated_at <= n.at
returning t.account_id as "accountId", t.business_account_id as "businessAccountId", t.name, t.language,
  old.status as was, t.status as "is", t.reason`
