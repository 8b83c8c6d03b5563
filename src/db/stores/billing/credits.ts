import type { CreditEntry } from '../../../domain/billing/credits.ts'
import type { Db, Tx } from '../../client.ts'

/** The balance of an account. */
export async function readBalance(db: Db, accountId: string): Promise<number> {
  const [row] = await db.query<{ credits: string }>(
    'credits-balance',
    'select credits from accounts where id = $1',
    [accountId],
  )
  return Number(row?.credits ?? 0)
}

/** A page of an account's ledger, the newest first; `before` is the `seq` of the last line of the page before. */
export async function listCreditEntries(
  db: Db,
  { accountId, before, limit }: { accountId: string; before: number | null; limit: number },
): Promise<CreditEntry[]> {
  const rows = await db.query<Omit<CreditEntry, 'seq' | 'balance'> & { seq: string; balance: string }>(
    'credits-list',
    `select id, seq, kind, amount, balance, message_id as "messageId", note, created_at as "createdAt"
       from credit_entries where account_id = $1 and seq < $2 order by seq desc limit $3`,
    [accountId, before ?? Number.MAX_SAFE_INTEGER, limit],
  )
  return rows.map((row) => ({ ...row, seq: Number(row.seq), balance: Number(row.balance) }))
}

/** Takes credits for something that is no message. False when the balance does not cover it; then nothing changes. */
export async function chargeCredits(
  db: Db,
  { id, accountId, amount, reference, note }: Grant,
): Promise<boolean> {
  const rows = await db.query(
    'credits-charge',
    `with charged as (
       update accounts set credits = credits - $3::int where id = $2 and credits >= $3::int returning id, credits
     )
     insert into credit_entries (id, account_id, kind, amount, balance, reference, note)
     select $1::uuid, id, 'debit', -$3::int, credits, $4::text, $5::text from charged
     returning id`,
    [id, accountId, amount, reference, note],
  )
  return rows.length > 0
}

/** The credits that a new account begins with. */
export async function insertStartCredits(
  tx: Tx,
  { id, accountId, amount }: Pick<Grant, 'id' | 'accountId' | 'amount'>,
): Promise<void> {
  await tx.account.update({ where: { id: accountId }, data: { credits: amount } })
  await tx.creditEntry.create({
    data: {
      id,
      accountId,
      kind: 'grant',
      amount,
      balance: amount,
      reference: 'start',
      note: 'To begin with',
    },
  })
}

/** A gift to an account; with the same reference it is given once. */
export interface Grant {
  id: string
  accountId: string
  amount: number
  reference: string
  note: string | null
}

/** Gives credits. Null when there is no such account, or a grant with this `reference` was made before; then nothing changes. */
export async function grantCredits(db: Db, grant: Grant): Promise<{ balance: number } | null> {
  const { id, accountId, amount, reference, note } = grant
  const [row] = await db.query<{ balance: string }>(
    'credits-grant',
    `with balance as materialized (select id from accounts where id = $2 for no key update), topped as (
       update accounts set credits = credits + $3::int
        where id in (select id from balance)
          and not exists (select from credit_entries where account_id = $2 and reference = $4::text)
       returning id, credits
     )
     insert into credit_entries (id, account_id, kind, amount, balance, reference, note)
     select $1::uuid, id, 'grant', $3::int, credits, $4::text, $5::text from topped
     returning balance`,
    [id, accountId, amount, reference, note],
  )
  return row === undefined ? null : { balance: Number(row.balance) }
}
