import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Sealer } from '../../kit/crypto/sealer.ts'
import {
  listSealed,
  replaceSealed,
  sealedColumns,
  type SealedKind,
  type SealedText,
} from '../../db/stores/operations/encrypted-columns.ts'

/** What a pass over one kind of secrets found. */
export interface ResealCount {
  kind: string
  /** Sealed anew with the newest key. */
  resealed: number
  /** Sealed with the newest key before. */
  current: number
  /** Somebody changed them under our hands: the next pass looks again. */
  changed: number
  /** No key opens them. */
  unreadable: string[]
}

/** What of a context is needed, and the keys that may be newer than its own. */
type Reach = Pick<Context, 'db' | 'sealer'>

const pageSize = 200
const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Seals everything that is sealed with an older key anew with the newest one of `sealer`. Safe while the service runs and at any
 * moment of an interruption: each text is changed alone, only while it is as it was read, and a further pass goes on.
 */
export async function resealSecrets(ctx: Context, sealer: Sealer = ctx.sealer): Promise<ResealCount[]> {
  const counts: ResealCount[] = []
  for (const kind of kinds) counts.push(await resealKind({ db: ctx.db, sealer }, kind))
  return counts
}

const kinds: SealedKind[] = Object.keys(sealedColumns).filter((kind): kind is SealedKind =>
  Object.hasOwn(sealedColumns, kind),
)

async function resealKind(ctx: Reach, kind: SealedKind): Promise<ResealCount> {
  const count: ResealCount = { kind, resealed: 0, current: 0, changed: 0, unreadable: [] }
  for (let after = firstId; ;) {
    const page = await listSealed(ctx.db, kind, after, pageSize)
    for (const one of page) count[await resealOne(ctx, kind, one, count.unreadable)] += 1
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) break
    after = last.id
  }
  return { ...count, current: count.current - count.unreadable.length }
}

async function resealOne(
  ctx: Reach,
  kind: SealedKind,
  sealed: SealedText,
  unreadable: string[],
): Promise<'resealed' | 'current' | 'changed'> {
  try {
    const to = kind === 'old webhook secrets' ? resealList(ctx, sealed) : resealText(ctx, sealed, sealed.text)
    if (to === sealed.text) return 'current'
    const replaced = await replaceSealed(ctx.db, kind, { id: sealed.id, from: sealed.text, to })
    return replaced ? 'resealed' : 'changed'
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    unreadable.push(sealed.id)
    return 'current'
  }
}

const list = z.array(z.looseObject({ secret: z.string() }))

function resealList(ctx: Reach, sealed: SealedText): string {
  const secrets = list.parse(JSON.parse(sealed.text))
  const fresh = secrets.map((one) => ({ ...one, secret: resealText(ctx, sealed, one.secret) }))
  const same = fresh.every((one, index) => one.secret === secrets[index]?.secret)
  return same ? sealed.text : JSON.stringify(fresh)
}

class UnreadableError extends Error {}

function resealText(ctx: Reach, place: SealedText, text: string): string {
  if (ctx.sealer.isCurrent(text)) return text
  for (const purpose of purposesOf(place)) {
    try {
      return ctx.sealer.seal(ctx.sealer.open(text, purpose), purpose)
    } catch {
      // Bound to another place, or no key opens it: the next purpose, if there is one.
    }
  }
  throw new UnreadableError()
}

/** What a seal may be bound to: a session's settings to its id or to its name, the rest to the account. */
function purposesOf({ accountId, id, name }: SealedText): string[] {
  return [`session:${accountId}:${id}`, `session:${accountId}:${name}`, `webhook:${accountId}`]
}
