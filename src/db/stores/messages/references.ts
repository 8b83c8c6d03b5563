import type { Db } from '../../client.ts'

/** A message that another one refers to. */
export interface Referred {
  /** Null: it has not reached its provider yet. */
  externalId: string | null
  address: string
  /** It came from a group, whose id is the address. */
  fromGroup: boolean
}

const columns = `external_id as "externalId", address,
  direction = 'inbound' and content ? 'group' as "fromGroup"`

/** A message of an account, in either direction, by our id; null when there is no such message. */
export async function findReferred(db: Db, accountId: string, id: string): Promise<Referred | null> {
  const [row] = await db.query<Referred>(
    'message-referred',
    `select ${columns} from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** The same by the provider's id. */
export async function findReferredByExternalId(
  db: Db,
  accountId: string,
  externalId: string,
): Promise<Referred | null> {
  const [row] = await db.query<Referred>(
    'message-referred-external',
    `select ${columns} from messages where external_id = $1 and account_id = $2 limit 1`,
    [externalId, accountId],
  )
  return row ?? null
}

/** Whether a message of a group with this id ever came to an account. */
export async function hasGroup(db: Db, accountId: string, groupId: string): Promise<boolean> {
  const [row] = await db.query<{ has: boolean }>(
    'messages-has-group',
    `select exists (
       select from messages
        where account_id = $1 and address = $2 and direction = 'inbound' and content ? 'group'
          and status not in ('queued', 'processing', 'retrying')) as has`,
    [accountId, groupId],
  )
  return row?.has ?? false
}
