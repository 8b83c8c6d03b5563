import type { Context } from '../../context.ts'
import { addDeviceKey, readDeviceKeys, type DeviceKeyEntry } from '../../db/stores/devices/keys.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { SessionMemory } from '../../providers/contract.ts'

/** The memory of a session's connection for any process: it can be read, and things can be kept beside it. */
export function sessionMemory(
  ctx: Context,
  { id: sessionId, accountId }: Pick<Session, 'id' | 'accountId'>,
): SessionMemory {
  return {
    read: (type, ids) => readMemory(ctx, sessionId, type, ids),
    async add({ type, id, value }) {
      await addDeviceKey(ctx.db, {
        accountId,
        sessionId,
        ...encryptEntry(ctx, sessionId, { type, id, value }),
      })
    },
  }
}

/** Values of one type, decrypted. Throws for a value that no key opens. */
export async function readMemory(
  ctx: Context,
  sessionId: string,
  type: string,
  names: readonly string[],
): Promise<Map<string, Buffer>> {
  if (names.length === 0) return new Map()
  const rows = await readDeviceKeys(ctx.db, { sessionId, type, names })
  return new Map(
    rows.map(({ name, value }) => {
      const clear = ctx.encrypter.decrypt(value, purposeOf(sessionId, type, name))
      return [name, Buffer.from(clear, 'latin1')]
    }),
  )
}

/** A value as it is stored, encrypted and bound to its place. */
export function encryptEntry(
  ctx: Context,
  sessionId: string,
  { type, id, value }: { type: string; id: string; value: Buffer | null },
): DeviceKeyEntry {
  // Bytes as text of one byte each: what is JSON, nearly all of it, takes no more room for it.
  const text =
    value === null ? null : ctx.encrypter.encrypt(value.toString('latin1'), purposeOf(sessionId, type, id))
  return { type, name: id, value: text }
}

function purposeOf(sessionId: string, type: string, name: string): string {
  return `device:${sessionId}:${type}:${name}`
}
