import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Encrypter } from '../../kit/crypto/encrypter.ts'
import {
  listEncrypted,
  replaceEncrypted,
  encryptedColumns,
  type EncryptedKind,
  type EncryptedText,
} from '../../db/stores/operations/encrypted-columns.ts'

/** The result of a pass over one kind of secrets. */
export interface ReencryptCount {
  kind: string
  /** Encrypted anew with the newest key. */
  reencrypted: number
  /** Encrypted with the newest key before. */
  current: number
  /** Somebody changed them meanwhile: the next pass looks again. */
  changed: number
  /** No key opens them. */
  unreadable: string[]
}

/** The parts of a context that are needed, and the keys that may be newer than its own. */
type Reach = Pick<Context, 'db' | 'encrypter'>

const pageSize = 200
const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Encrypts everything that is encrypted with an older key anew with the newest one of `encrypter`. Safe while the service runs and at any
 * moment of an interruption: each text is changed alone, only while it is as it was read, and a further pass goes on.
 */
export async function reencryptSecrets(
  ctx: Context,
  encrypter: Encrypter = ctx.encrypter,
): Promise<ReencryptCount[]> {
  const counts: ReencryptCount[] = []
  for (const kind of kinds) counts.push(await reencryptKind({ db: ctx.db, encrypter }, kind))
  return counts
}

const kinds: EncryptedKind[] = Object.keys(encryptedColumns).filter((kind): kind is EncryptedKind =>
  Object.hasOwn(encryptedColumns, kind),
)

async function reencryptKind(ctx: Reach, kind: EncryptedKind): Promise<ReencryptCount> {
  const count: ReencryptCount = { kind, reencrypted: 0, current: 0, changed: 0, unreadable: [] }
  for (let after = firstId; ;) {
    const page = await listEncrypted(ctx.db, kind, after, pageSize)
    for (const one of page) count[await reencryptOne(ctx, kind, one, count.unreadable)] += 1
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) break
    after = last.id
  }
  return { ...count, current: count.current - count.unreadable.length }
}

async function reencryptOne(
  ctx: Reach,
  kind: EncryptedKind,
  encrypted: EncryptedText,
  unreadable: string[],
): Promise<'reencrypted' | 'current' | 'changed'> {
  try {
    const to =
      kind === 'old webhook secrets'
        ? reencryptList(ctx, encrypted)
        : reencryptText(ctx, encrypted, encrypted.text)
    if (to === encrypted.text) return 'current'
    const replaced = await replaceEncrypted(ctx.db, kind, { id: encrypted.id, from: encrypted.text, to })
    return replaced ? 'reencrypted' : 'changed'
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    unreadable.push(encrypted.id)
    return 'current'
  }
}

const list = z.array(z.looseObject({ secret: z.string() }))

function reencryptList(ctx: Reach, encrypted: EncryptedText): string {
  const secrets = list.parse(JSON.parse(encrypted.text))
  const fresh = secrets.map((one) => ({ ...one, secret: reencryptText(ctx, encrypted, one.secret) }))
  const same = fresh.every((one, index) => one.secret === secrets[index]?.secret)
  return same ? encrypted.text : JSON.stringify(fresh)
}

class UnreadableError extends Error {}

function reencryptText(ctx: Reach, place: EncryptedText, text: string): string {
  if (ctx.encrypter.isCurrent(text)) return text
  for (const purpose of purposesOf(place)) {
    try {
      return ctx.encrypter.encrypt(ctx.encrypter.decrypt(text, purpose), purpose)
    } catch {
      // Bound to another place, or no key opens it: the next purpose, if there is one.
    }
  }
  throw new UnreadableError()
}

/**
 * The purposes that a secret may be bound to: a session's settings to its id or to its name, what a device remembers to
 * its place, the code that it shows to the device, the rest to the account.
 */
function purposesOf({ accountId, id, name }: EncryptedText): string[] {
  return [
    `session:${accountId}:${id}`,
    `session:${accountId}:${name}`,
    `webhook:${accountId}`,
    `device:${name}`,
    `pairing:${id}`,
    `message:${id}`,
    `otp:${id}`,
    `otp-service:${name}`,
  ]
}
