import type { Context } from '../../../context.ts'
import type { OtpScope } from '../../../domain/otp/verification.ts'
import type { KeyedHash } from '../../../kit/crypto/encrypter.ts'

/** The keyed hashes of a code in its scope, by each key, the newest first; with `keyId` that of this key among them. */
export function codeHashes(ctx: Context, scope: OtpScope, code: string, keyId?: string): KeyedHash[] {
  const { accountId, service, address, challenge } = scope
  return ctx.encrypter.hashes(
    JSON.stringify([accountId, service, address, challenge, code]),
    'otp-code',
    keyId,
  )
}

/** The keyed hash by which a new code is judged. */
export function newCodeHash(
  ctx: Context,
  scope: OtpScope,
  code: string,
): { codeHash: Buffer; codeKey: string } {
  const [newest] = codeHashes(ctx, scope, code)
  if (newest === undefined) throw new Error('an encrypter has at least one key')
  return { codeHash: newest.hash, codeKey: newest.keyId }
}

/** Encrypts a code for the row of its verification. */
export function sealCode(ctx: Context, id: string, code: string): string {
  return ctx.encrypter.encrypt(code, `otp:${id}`)
}

/** The code of a verification in clear. Throws when no key opens it. */
export function openCode(ctx: Context, id: string, sealed: string): string {
  return ctx.encrypter.decrypt(sealed, `otp:${id}`)
}
