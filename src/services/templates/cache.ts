import { perContext, type Context } from '../../context.ts'
import {
  findTemplate,
  findTemplateList,
  type TemplateListState,
  type TemplateOwner,
  type TemplateRecord,
} from '../../db/stores/templates/templates.ts'
import { createCache, type Cache } from '../../kit/cache.ts'

/** How long another process may not know of a change. */
const trustMs = 5_000

/** One name of a business, with the state of the list that it is from; null when the list was never read. */
export interface CachedName {
  list: TemplateListState
  templates: TemplateRecord[]
}

/** By business, and within it by name: so that all of a business is forgotten at once. */
const known = perContext((ctx: Context) =>
  createCache<{ name: Cache<CachedName | null> }>({
    ttlMs: trustMs,
    entriesMax: 2_000,
    load: (key) => Promise.resolve({ name: namesOf(ctx, ownerOf(key)) }),
  }),
)

function namesOf(ctx: Context, owner: TemplateOwner): Cache<CachedName | null> {
  return createCache<CachedName | null>({
    ttlMs: trustMs,
    entriesMax: 200,
    async load(name) {
      const [list, templates] = await Promise.all([
        findTemplateList(ctx.db, owner),
        findTemplate(ctx.db, owner, name),
      ])
      return list === null ? null : { list, templates }
    },
  })
}

/** The cached languages of a template: many sends of one cost one look-up. */
export async function cachedName(
  ctx: Context,
  owner: TemplateOwner,
  name: string,
): Promise<CachedName | null> {
  const business = await known(ctx).get(keyOf(owner))
  return business.name.get(name)
}

/** To be called when anything of an account's list changed. */
export function forgetCached(ctx: Context, owner: TemplateOwner): void {
  known(ctx).forget(keyOf(owner))
}

const keyOf = ({ accountId, businessAccountId }: TemplateOwner) => `${accountId} ${businessAccountId}`

function ownerOf(key: string): TemplateOwner {
  const [accountId = '', businessAccountId = ''] = key.split(' ')
  return { accountId, businessAccountId }
}
