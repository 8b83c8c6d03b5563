import type { Context } from '../../../context.ts'
import { sha256 } from '../../../kit/crypto/hash.ts'
import type { KeyedHash } from '../../../kit/crypto/encrypter.ts'

/** The keyed hashes of a code of an account, by each key, the newest first; with `keyId` that of this key among them. */
export function codeHashes(ctx: Context, accountId: string, code: string, keyId?: string): KeyedHash[] {
  return ctx.encrypter.hashes(`${accountId} ${code}`, 'otp-code', keyId)
}

/** The hash by which a code of a verification is judged, bound to its id: the same code has another in every row. */
export function newCodeHash(
  ctx: Context,
  { accountId, id }: { accountId: string; id: string },
  code: string,
): { codeHash: Buffer; codeKey: string } {
  const [newest] = codeHashes(ctx, accountId, code)
  if (newest === undefined) throw new Error('an encrypter has at least one key')
  const codeHash = sha256(Buffer.concat([newest.hash, Buffer.from(id.replaceAll('-', ''), 'hex')]))
  return { codeHash, codeKey: newest.keyId }
}

/** Encrypts a code for the row of its verification. */
export function sealCode(ctx: Context, id: string, code: string): string {
  return ctx.encrypter.encrypt(code, `otp:${id}`)
}

/** The code of a verification in clear. Throws when no key opens it. */
export function openCode(ctx: Context, id: string, sealed: string): string {
  return ctx.encrypter.decrypt(sealed, `otp:${id}`)
}
