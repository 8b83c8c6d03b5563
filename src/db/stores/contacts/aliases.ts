import type { AddressPair } from '../../../domain/contacts/person.ts'
import { columnsOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'

/** Two addresses of one person who an account writes with. */
export interface Alias extends AddressPair {
  accountId: string
}

/** Remembers which addresses are one person's. The latest report wins. */
export async function saveAliases(db: Db, aliases: readonly Alias[]): Promise<void> {
  await db.query(
    'contact-aliases-save',
    saveSql,
    columnsOf(aliases, [
      ({ accountId }) => accountId,
      ({ address }) => address,
      ({ canonical }) => canonical,
    ]),
  )
}

// Two addresses are never each the other's alias.
const saveSql = `
with input as materialized (
  select distinct on (account_id, address) account_id, address, canonical
    from unnest($1::uuid[], $2::text[], $3::text[]) as x(account_id, address, canonical)
   order by account_id, address
), turned as (
  delete from contact_aliases a using input i
   where a.account_id = i.account_id and a.address = i.canonical and a.canonical = i.address
)
insert into contact_aliases as a (account_id, address, canonical, learned_at)
select account_id, address, canonical, now() from input order by 1, 2
on conflict (account_id, address) do update set canonical = excluded.canonical, learned_at = excluded.learned_at
  where a.canonical <> excluded.canonical or a.learned_at < now() - interval '1 day'`

/**
 * SQL: a step `person`, with all addresses of the people whose addresses a step `asked` has; both have (n, account_id,
 * session_id, address).
 */
export const stepsToPerson = `known as (
  select n, account_id, session_id, address from asked
  union
  select a.n, a.account_id, a.session_id, x.canonical from asked a join contact_aliases x using (account_id, address)
), person as (
  select n, account_id, session_id, address from known
  union
  select k.n, k.account_id, k.session_id, b.address
    from known k join contact_aliases b on b.account_id = k.account_id and b.canonical = k.address
)`

/** All addresses of the person who has one of these, which may be in no use. */
export async function findAddresses(
  db: Db,
  accountId: string,
  candidates: readonly string[],
): Promise<string[]> {
  const rows = await db.query<{ address: string }>(
    'contact-addresses',
    `with asked as (
       select 1 as n, $1::uuid as account_id, null::uuid as session_id, address from unnest($2::text[]) as x(address)
     ),
     ${stepsToPerson}
     select distinct address from person order by address`,
    [accountId, candidates],
  )
  return rows.map(({ address }) => address)
}
