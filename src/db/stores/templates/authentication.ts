import type { DefinedComponent } from '../../../domain/templates/definition.ts'
import type { Db } from '../../client.ts'
import type { TemplateOwner } from './templates.ts'

/** An approved template for one-time passwords, in one language. */
export interface CodeTemplate {
  name: string
  language: string
  components: DefinedComponent[]
}

/** The approved templates for one-time passwords of a business; at most 500, by name and language. */
export function listCodeTemplates(
  db: Db,
  { accountId, businessAccountId }: TemplateOwner,
): Promise<CodeTemplate[]> {
  return db.query<CodeTemplate>(
    'templates-authentication',
    `select name, language, components from templates
      where account_id = $1 and business_account_id = $2 and category = 'AUTHENTICATION' and status = 'APPROVED'
      order by name, language limit 500`,
    [accountId, businessAccountId],
  )
}
