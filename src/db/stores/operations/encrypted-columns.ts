import type { Db } from '../../client.ts'

/** Something that is sealed, where it stands, and by what its seal may be bound to that place. */
export interface SealedText {
  id: string
  accountId: string
  name: string
  /** One sealed text; of `oldSecrets` the JSON that holds several. */
  text: string
}

interface SealedColumn {
  /** A page by id, after the id of the page before. */
  read: string
  /** Changes a text that is still as it was read. */
  write: string
}

const column = (table: string, name: string, facts: { text?: string; as?: string; more?: string } = {}) => ({
  read: `select id, account_id as "accountId", ${facts.text ?? "''"} as name, ${name}::text as text
           from ${table} where id > $1 and ${name} is not null ${facts.more ?? ''} order by id limit $2`,
  write: `update ${table} set ${name} = $3::${facts.as ?? 'text'}
           where id = $1 and ${name} = $2::${facts.as ?? 'text'} returning id`,
})

/** Everything in the database that is sealed. Whoever adds a sealed column adds it here. */
export const sealedColumns = {
  'session credentials': column('sessions', 'credentials', { text: 'name', more: `and credentials <> ''` }),
  'webhook secrets': column('webhook_endpoints', 'secret'),
  'webhook headers': column('webhook_endpoints', 'headers'),
  'old webhook secrets': column('webhook_endpoints', 'old_secrets', {
    as: 'jsonb',
    more: `and old_secrets <> '[]'`,
  }),
} as const satisfies Record<string, SealedColumn>
export type SealedKind = keyof typeof sealedColumns

/** A page of what is sealed in a column, of any account: for the operator. */
export function listSealed(db: Db, kind: SealedKind, after: string, limit: number): Promise<SealedText[]> {
  return db.query<SealedText>('', sealedColumns[kind].read, [after, limit])
}

/** Puts `to` in the place of `from`; false when it was changed meanwhile. */
export async function replaceSealed(
  db: Db,
  kind: SealedKind,
  { id, from, to }: { id: string; from: string; to: string },
): Promise<boolean> {
  return (await db.query('', sealedColumns[kind].write, [id, from, to])).length > 0
}
