import type { Db } from '../../client.ts'
import type { TemplateOwner } from './templates.ts'

/** Notes that templates changed since these lists were read, so that they are read again. */
export async function markListsStale(db: Db, owners: readonly TemplateOwner[]): Promise<void> {
  await db.query(
    'template-lists-outdated',
    `update template_lists l set told_at = now()
       from (select distinct account_id, business_id
               from unnest($1::uuid[], $2::text[]) as n(account_id, business_id)) n
      where l.account_id = n.account_id and l.business_account_id = n.business_id`,
    [owners.map(({ accountId }) => accountId), owners.map(({ businessAccountId }) => businessAccountId)],
  )
}
