import { perContext, type Context } from '../../context.ts'
import { findStop, hasStops } from '../../db/stores/contacts/preferences.ts'
import type { NewMessage } from '../../db/stores/messages/accept.ts'
import { findTemplate } from '../../db/stores/templates/templates.ts'
import { candidatesOf } from '../../domain/contacts/person.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { createCache } from '../../kit/cache.ts'

/** How long another process may not know that a first customer of an account asked to stop. */
const trustMs = 10_000

/** The provider's word for what a customer can stop. */
const marketing = 'marketing_messages'

/** Whether any customer of an account asked to stop something: those of whom none did are spared the look-ups. */
const stops = perContext((ctx: Context) =>
  createCache<boolean>({
    ttlMs: trustMs,
    entriesMax: 10_000,
    load: (accountId) => hasStops(ctx.db, accountId),
  }),
)

/** To be called when wishes of customers were stored for these accounts. */
export function forgetPreferencesCache(ctx: Context, accountIds: Iterable<string>): void {
  for (const accountId of accountIds) stops(ctx).forget(accountId)
}

/**
 * A warning for the sender of a template that is for marketing, or may be, when its recipient asked the sender to stop
 * that. Null when there is nothing to warn of, or nothing is known.
 */
export async function preferenceWarning(
  ctx: Context,
  { message, session }: { message: NewMessage; session: LiveSession },
): Promise<string | null> {
  const { accountId, sessionId, address, content } = message
  if (content.type !== 'template') return null
  try {
    if (!(await stops(ctx).get(accountId))) return null
    const addresses = candidatesOf(address)
    const since = await findStop(ctx.db, { accountId, addresses, sessionId, category: marketing })
    if (since === null) return null
    const category = await categoryOf(ctx, session, content)
    if (category !== null && category !== 'MARKETING') return null
    return (
      `This customer asked this sender at ${since.toISOString()} to stop marketing messages: ` +
      (category === null ? 'if this template is for marketing, it' : 'it') +
      ' will probably fail with recipient_opted_out.'
    )
  } catch (error) {
    // Advice is not worth a refusal; if the database is away, writing the message will say so.
    ctx.log.debug({ err: error }, 'a customer’s wishes could not be looked up')
    return null
  }
}

/** The category of a template in the stored list; null when it is not known. */
async function categoryOf(
  ctx: Context,
  { accountId, businessAccountId }: LiveSession,
  { name, language }: { name: string; language: string },
): Promise<string | null> {
  if (businessAccountId === null) return null
  const languages = await findTemplate(ctx.db, { accountId, businessAccountId }, name)
  return languages.find((one) => one.language === language)?.category ?? null
}
