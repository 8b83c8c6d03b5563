import type { Db } from '../../client.ts'

/** Something that is encrypted, where it stands, and by what its encrypt may be bound to that place. */
export interface EncryptedText {
  id: string
  accountId: string
  name: string
  /** One encrypted text; of `oldSecrets` the JSON that holds several. */
  text: string
}

interface EncryptedColumn {
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

/** Every encrypted column of the database. A new one must be added here, or the re-encrypt command misses it. */
export const encryptedColumns = {
  'session credentials': column('sessions', 'credentials', { text: 'name', more: `and credentials <> ''` }),
  'webhook secrets': column('webhook_endpoints', 'secret'),
  'webhook headers': column('webhook_endpoints', 'headers'),
  'old webhook secrets': column('webhook_endpoints', 'old_secrets', {
    as: 'jsonb',
    more: `and old_secrets <> '[]'`,
  }),
  'device keys': column('device_keys', 'value', { text: `session_id || ':' || type || ':' || name` }),
  'sealed messages': column('messages', 'sealed', { more: `and sealed <> ''` }),
  'one-time passwords': column('otp_verifications', 'sealed_code'),
  'test numbers': column('otp_services', 'test_numbers', { text: `account_id || ':' || name` }),
  'pairing codes': {
    read: `select session_id as id, account_id as "accountId", session_id::text as name, pairing as text
             from devices where session_id > $1 and pairing is not null order by session_id limit $2`,
    write: `update devices set pairing = $3 where session_id = $1 and pairing = $2 returning session_id as id`,
  },
} as const satisfies Record<string, EncryptedColumn>
export type EncryptedKind = keyof typeof encryptedColumns

/** A page of what is encrypted in a column, of any account: for the operator. */
export function listEncrypted(
  db: Db,
  kind: EncryptedKind,
  after: string,
  limit: number,
): Promise<EncryptedText[]> {
  return db.query<EncryptedText>('', encryptedColumns[kind].read, [after, limit])
}

/** Puts `to` in the place of `from`; false when it was changed meanwhile. */
export async function replaceEncrypted(
  db: Db,
  kind: EncryptedKind,
  { id, from, to }: { id: string; from: string; to: string },
): Promise<boolean> {
  return (await db.query('', encryptedColumns[kind].write, [id, from, to])).length > 0
}
