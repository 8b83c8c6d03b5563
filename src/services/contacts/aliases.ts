import { perContext, type Context } from '../../context.ts'
import { findAddresses, saveAliases, type Alias } from '../../db/stores/contacts/aliases.ts'
import { candidatesOf, pairsOf, type KnownPerson } from '../../domain/contacts/person.ts'
import { createCache } from '../../kit/cache.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'

const writes = perContext((ctx: Context) =>
  createBatcher<Alias, true>({
    itemsMax: 256,
    lanes: 1,
    waitingMax: Infinity,
    async run(aliases) {
      await saveAliases(ctx.db, aliases)
      return aliases.map(() => ({ status: 'fulfilled', value: true }))
    },
  }),
)

/** The pairs that were written lately, which need not be written again with every message of the person. */
const written = perContext((ctx: Context) =>
  createCache<true>({
    ttlMs: 3_600_000,
    entriesMax: 50_000,
    load: (key) => {
      const [accountId = '', address = '', canonical = ''] = key.split(' ')
      return writes(ctx).add({ accountId, address, canonical })
    },
  }),
)

/** A person whom an account wrote to, or who wrote to it: the address in use, and what the provider tells of them. */
export interface Encounter {
  accountId: string
  used: string
  person: KnownPerson
}

/**
 * Remembers that addresses are one person's, where the provider knows somebody by another one than was used. Costs
 * nothing where they are the same, and one write an hour where they are not.
 */
export async function learnAliases(ctx: Context, encounters: readonly Encounter[]): Promise<void> {
  const keys = encounters.flatMap(({ accountId, used, person }) =>
    pairsOf(used, person).map(({ address, canonical }) => `${accountId} ${address} ${canonical}`),
  )
  await Promise.all([...new Set(keys)].map((key) => written(ctx).get(key)))
}

/** All addresses under which messages to and from a person may stand: what the provider told, and what can be computed. */
export function addressesOf(ctx: Context, accountId: string, address: string): Promise<string[]> {
  return findAddresses(ctx.db, accountId, candidatesOf(address))
}
