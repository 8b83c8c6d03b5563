import type { Db } from '../../client.ts'

/** Credits that an account paid for. */
export interface CreditPurchase {
  /** Stripe's id of the checkout. */
  checkoutId: string
  accountId: string
  /** Stripe's id of the payment; null for one of nothing. */
  paymentIntentId: string | null
  credits: number
}

/** Books credits that were paid for. False when that was done before, or there is no such account; then nothing changes. */
export async function bookPurchase(
  db: Db,
  purchase: CreditPurchase & { entryId: string; note: string },
): Promise<boolean> {
  const { checkoutId, accountId, paymentIntentId, credits, entryId, note } = purchase
  const rows = await db.query(
    'credits-book',
    `with balance as materialized (select id from accounts where id = $2 for no key update), booked as (
       insert into credit_purchases (checkout_id, account_id, payment_intent_id, credits)
       select $1::text, id, $3::text, $4::int from balance
       on conflict (checkout_id) do nothing returning account_id
     ), topped as (
       update accounts set credits = credits + $4::int where id in (select account_id from booked)
       returning id, credits
     )
     insert into credit_entries (id, account_id, kind, amount, balance, reference, note)
     select $5::uuid, id, 'grant', $4::int, credits, 'purchase:' || $1::text, $6::text from topped
     returning id`,
    [checkoutId, accountId, paymentIntentId, credits, entryId, note],
  )
  return rows.length > 0
}

/** The purchase that a payment was for, or null. */
export async function findPurchase(db: Db, paymentIntentId: string): Promise<CreditPurchase | null> {
  const [row] = await db.query<CreditPurchase>(
    'credits-purchase',
    `select checkout_id as "checkoutId", account_id as "accountId", payment_intent_id as "paymentIntentId", credits
       from credit_purchases where payment_intent_id = $1`,
    [paymentIntentId],
  )
  return row ?? null
}

/**
 * Has so many credits of a purchase taken back in all: takes the rest, as far as the balance goes, or gives back what was
 * too much. Returns the change of the balance.
 */
export async function takeBackCredits(
  db: Db,
  { checkoutId, total, entryId, note }: { checkoutId: string; total: number; entryId: string; note: string },
): Promise<number> {
  const [row] = await db.query<{ amount: number }>(
    'credits-take-back',
    `with held as materialized (
       select p.account_id, p.taken_back, a.credits from credit_purchases p join accounts a on a.id = p.account_id
        where p.checkout_id = $1 for no key update
     ), changed as materialized (
       select account_id, greatest(taken_back - $2::int, -greatest(credits, 0))::int as amount from held
        where taken_back <> $2::int
     ), noted as (
       update credit_purchases p set taken_back = p.taken_back - c.amount from changed c where p.checkout_id = $1
     ), moved as (
       update accounts a set credits = a.credits + c.amount from changed c
        where a.id = c.account_id and c.amount <> 0 returning a.id, a.credits, c.amount
     )
     insert into credit_entries (id, account_id, kind, amount, balance, reference, note)
     select $3::uuid, id, case when amount < 0 then 'debit' else 'grant' end, amount, credits,
            'purchase:' || $1::text || ':' || $3::uuid, $4::text
       from moved returning amount`,
    [checkoutId, total, entryId, note],
  )
  return row?.amount ?? 0
}
