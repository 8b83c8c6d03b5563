import { isIP } from 'node:net'
import pLimit from 'p-limit'
import { perContext, type Context } from '../../../context.ts'
import { type ErrorDetail, invalidRequest } from '../../../domain/app-error.ts'
import type { MessageContent } from '../../../domain/messages/content.ts'
import { linksOf } from '../../../domain/messages/content/links.ts'
import { createCache } from '../../../kit/cache.ts'
import { ForbiddenTargetError } from '../../../kit/net/outbound-guard.ts'
import { within } from '../../../kit/concurrency/within.ts'

/** How long the verdict on a host is cached. */
const trustMs = 30_000
/** How long one look-up may hold a request up. A name that does not resolve passes: it may later. */
const lookupMsMax = 2_000
/** How long look-ups may hold one account's requests up in a period: a bulk may name thousands of dead hosts. */
const patience = { ms: 4_000, everyMs: 30_000 }
/** So many are looked up at a time, and so many may wait: webhooks resolve their names on the same machine. */
const lookupsMax = 2
const waitingMax = 64

/**
 * Refuses a message whose provider would have to fetch a file from an address that is not the public internet's.
 * Nothing is fetched here. Throws `validation_failed`, naming each such field.
 */
export async function assertPublicLinks(
  ctx: Context,
  accountId: string,
  content: MessageContent,
): Promise<void> {
  const links = linksOf(content)
  if (links.length === 0) return
  const details: ErrorDetail[] = []
  for (const { url, path } of links) {
    const problem = await problemOf(ctx, accountId, url)
    if (problem !== null) details.push({ path, message: problem })
  }
  if (details.length > 0) throw invalidRequest(details)
}

/** The guard's verdict on hosts, cached; null when a host is allowed. By a URL of the host without its path. */
const hosts = perContext((ctx: Context) => {
  const limit = pLimit(lookupsMax)
  return createCache<string | null>({
    ttlMs: trustMs,
    entriesMax: 10_000,
    load: (url) => {
      if (isLiteral(url)) return vet(ctx, url)
      const waiting = limit.activeCount + limit.pendingCount
      return waiting < waitingMax ? limit(() => vet(ctx, url)) : Promise.reject(new Error('too many'))
    },
  })
})

async function vet(ctx: Context, url: string): Promise<string | null> {
  try {
    await ctx.guard.vet(url)
    return null
  } catch (error) {
    if (error instanceof ForbiddenTargetError) return error.message
    throw error
  }
}

const lookupBudgets = perContext(() =>
  createCache<{ leftMs: number }>({
    ttlMs: patience.everyMs,
    entriesMax: 10_000,
    load: () => Promise.resolve({ leftMs: patience.ms }),
  }),
)

async function problemOf(ctx: Context, accountId: string, url: string): Promise<string | null> {
  const account = await lookupBudgets(ctx).get(accountId)
  const waitMs = Math.min(lookupMsMax, Math.max(0, account.leftMs))
  const startedMs = performance.now()
  try {
    return await within(waitMs, hosts(ctx).get(hostOf(url)), null)
  } catch (error) {
    ctx.log.debug({ err: error }, 'the host of a link could not be looked up')
    return null
  } finally {
    account.leftMs -= performance.now() - startedMs
  }
}

/** All that the guard looks at: the protocol, whether there is a user in it, the host and the port. */
function hostOf(text: string): string {
  if (!URL.canParse(text)) return text
  const { protocol, host, username, password } = new URL(text)
  return `${protocol}//${username === '' && password === '' ? '' : 'user@'}${host}/`
}

function isLiteral(text: string): boolean {
  return !URL.canParse(text) || isIP(new URL(text).hostname.replaceAll(/^\[|\]$/g, '')) !== 0
}
