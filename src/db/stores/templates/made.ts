import type { Template } from '../../../domain/templates/definition.ts'
import type { Db } from '../../client.ts'
import { columns, valuesOf, type TemplateOwner, type TemplateRecord } from './templates.ts'

/** The template that a provider knows by this id, or null. */
export async function findTemplateById(
  db: Db,
  owner: TemplateOwner,
  externalId: string,
): Promise<TemplateRecord | null> {
  const [row] = await db.query<TemplateRecord>(
    'template-find-by-id',
    `select ${columns} from templates where account_id = $1 and business_account_id = $2 and external_id = $3`,
    [owner.accountId, owner.businessAccountId, externalId],
  )
  return row ?? null
}

/** Stores templates of one name as they were submitted just now. Returns them, by language. */
export async function storeSubmitted(
  db: Db,
  owner: TemplateOwner,
  templates: readonly Template[],
): Promise<TemplateRecord[]> {
  return db.query<TemplateRecord>('templates-store-submitted', storeSql, [
    owner.accountId,
    owner.businessAccountId,
    ...valuesOf(templates),
  ])
}

const storeSql = `
with stored as (
  insert into templates (account_id, business_account_id, updated_at, name, language, external_id, status, reason,
    category, components, told_status)
  select $1::uuid, $2, now(), n.name, n.language, n.external_id, n.status, n.reason, n.category, n.components::jsonb,
         n.status
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
      as n(name, language, external_id, status, reason, category, components)
   order by n.language
  on conflict (account_id, business_account_id, name, language) do update
    set external_id = excluded.external_id, status = excluded.status, reason = excluded.reason,
        category = excluded.category, components = excluded.components, updated_at = excluded.updated_at,
        told_status = excluded.told_status
  returning ${columns}
)
select * from stored order by language`

/** Forgets a template, in one language or with null in all of them. */
export async function deleteTemplates(
  db: Db,
  owner: TemplateOwner,
  { name, language }: { name: string; language: string | null },
): Promise<void> {
  await db.query(
    'templates-delete',
    `delete from templates where account_id = $1 and business_account_id = $2 and name = $3
        and ($4::text is null or language = $4)`,
    [owner.accountId, owner.businessAccountId, name, language],
  )
}
