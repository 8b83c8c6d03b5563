import type { Db } from '../../client.ts'
import { stepsToPerson } from './aliases.ts'

/** The messages that a customer allows a sender. */
export interface ContactPreference {
  accountId: string
  /** As in `messages.address`. */
  address: string
  sessionId: string
  category: string
  value: string
  at: Date
}

/** Keeps the newest wish of each customer. */
export async function savePreferences(db: Db, preferences: readonly ContactPreference[]): Promise<void> {
  await db.query(
    'contact-preferences-save',
    `insert into contact_preferences as p (account_id, address, session_id, category, value, changed_at)
     select distinct on ("accountId", "address", "sessionId", "category") "accountId", "address", "sessionId",
            "category", "value", "at"
       from json_to_recordset($1::json) as x("accountId" uuid, "address" text, "sessionId" uuid, "category" text,
            "value" text, "at" timestamptz)
      order by "accountId", "address", "sessionId", "category", "at" desc
     on conflict (account_id, address, session_id, category) do update
       set value = excluded.value, changed_at = excluded.changed_at
       where p.changed_at <= excluded.changed_at`,
    [JSON.stringify(preferences)],
  )
}

/** Whether anybody asked any sender of an account to stop something. */
export async function hasStops(db: Db, accountId: string): Promise<boolean> {
  const [row] = await db.query<{ found: boolean }>(
    'contact-preferences-any',
    `select exists (select from contact_preferences where account_id = $1 and value = 'stop') as found`,
    [accountId],
  )
  return row?.found ?? false
}

/** A customer, by the addresses that they may have, and what a sender wants to write to them about. */
interface WishWanted {
  accountId: string
  addresses: string[]
  sessionId: string
  category: string
}

/** Since when a customer wants no more of a category from a sender; null when they take it. Their last wish counts. */
export async function findStop(
  db: Db,
  { accountId, addresses, sessionId, category }: WishWanted,
): Promise<Date | null> {
  const [row] = await db.query<{ at: Date; value: string }>(
    'contact-preferences-stop',
    `with asked as (
       select 1 as n, $1::uuid as account_id, $3::uuid as session_id, address from unnest($2::text[]) as x(address)
     ), ${stepsToPerson}
     select w.changed_at as at, w.value from person p join contact_preferences w using (account_id, address, session_id)
      where w.category = $4 order by w.changed_at desc limit 1`,
    [accountId, addresses, sessionId, category],
  )
  return row?.value === 'stop' ? row.at : null
}
