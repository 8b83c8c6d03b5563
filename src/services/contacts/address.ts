import type { Context } from '../../context.ts'
import { hasGroup } from '../../db/stores/messages/read.ts'
import { parseAddress, type Address } from '../../domain/messages/address.ts'

/**
 * The address that was written: in one of the forms that we know, or the id of a group in whatever form its provider
 * gave it, if a message of it ever came to the account. Null when it is neither.
 */
export async function findAddress(ctx: Context, accountId: string, written: string): Promise<Address | null> {
  return parseAddress(written) ?? (await findGroup(ctx, accountId, written.trim()))
}

async function findGroup(ctx: Context, accountId: string, value: string): Promise<Address | null> {
  return (await hasGroup(ctx.db, accountId, value)) ? { kind: 'group', value } : null
}
