import type { Purchase } from '../../../domain/billing/subscription.ts'
import type { Db } from '../../client.ts'

/** An account as Stripe knows it. */
export interface BillingCustomer {
  accountId: string
  customerId: string
  subscriptionId: string | null
  paidPlan: string | null
}

const columns = `account_id as "accountId", customer_id as "customerId", subscription_id as "subscriptionId",
  paid_plan as "paidPlan"`

/** The id by which Stripe knows an account, or null. */
export async function findCustomer(db: Db, accountId: string): Promise<BillingCustomer | null> {
  const [row] = await db.query<BillingCustomer>(
    'billing-customer',
    `select ${columns} from billing_customers where account_id = $1`,
    [accountId],
  )
  return row ?? null
}

/** The account that Stripe knows by this id, or null; with the time, by which what is read next is dated. */
export async function findByCustomer(
  db: Db,
  customerId: string,
): Promise<(BillingCustomer & { now: Date }) | null> {
  const [row] = await db.query<BillingCustomer & { now: Date }>(
    'billing-by-customer',
    `select ${columns}, clock_timestamp() as now from billing_customers where customer_id = $1`,
    [customerId],
  )
  return row ?? null
}

/**
 * Remembers what Stripe knows an account by, in the place of `replaced` if that is given. Returns the id that counts:
 * somebody else's, if that was faster.
 */
export async function saveCustomer(
  db: Db,
  { accountId, customerId, replaced }: { accountId: string; customerId: string; replaced: string | null },
): Promise<string> {
  const [row] = await db.query<{ customerId: string }>(
    'billing-customer-save',
    `insert into billing_customers as c (account_id, customer_id, plan_before)
     select id, $2, plan from accounts where id = $1
     on conflict (account_id) do update
       set customer_id = case when c.customer_id = $3 then excluded.customer_id else c.customer_id end
     returning customer_id as "customerId"`,
    [accountId, customerId, replaced],
  )
  return row?.customerId ?? customerId
}

/** True when the event was acted upon before. */
export async function isEventKnown(db: Db, id: string): Promise<boolean> {
  const rows = await db.query('billing-event', 'select id from billing_events where id = $1', [id])
  return rows.length > 0
}

/**
 * Records what a customer has bought, as Stripe reported it after `readAt`, and gives the account the plan that goes with
 * it, in one commit with the event. What was read earlier than what is recorded already changes nothing, so that the
 * last reading wins whatever order events come in.
 *
 * A plan that an operator has set in the place of the paid one is left alone.
 */
export async function recordPurchase(
  db: Db,
  input: {
    event: { id: string; type: string }
    customerId: string
    purchase: Purchase
    readAt: Date
  },
): Promise<{ accountId: string; plan: string } | null> {
  const { event, customerId, purchase, readAt } = input
  const [row] = await db.query<{ accountId: string; plan: string }>('billing-record', recordSql, [
    event.id,
    event.type,
    customerId,
    purchase.subscriptionId,
    purchase.status,
    purchase.plan,
    readAt,
  ])
  return row ?? null
}

const recordSql = `
with noted as (
  insert into billing_events (id, type) values ($1, $2) on conflict (id) do nothing
), before as materialized (
  select c.account_id, c.paid_plan, c.plan_before, a.plan,
         case $6::text when 'unknown' then c.paid_plan else $6::text end as buys
    from billing_customers c join accounts a on a.id = c.account_id
   where c.customer_id = $3 and c.updated_at <= $7::timestamptz
     for no key update
), recorded as (
  update billing_customers c
     set subscription_id = coalesce($4::text, c.subscription_id), subscription_status = $5::text,
         paid_plan = b.buys, updated_at = $7::timestamptz,
         plan_before = case when b.paid_plan is null and b.buys is not null then b.plan else b.plan_before end
    from before b where c.account_id = b.account_id
)
update accounts a
   set plan = case
         when b.paid_plan is null then coalesce(b.buys, a.plan)
         when b.paid_plan = a.plan then coalesce(b.buys, b.plan_before)
         else a.plan end
  from before b where a.id = b.account_id
returning a.id as "accountId", a.plan`
