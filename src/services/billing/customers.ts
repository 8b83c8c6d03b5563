import type { Stripe } from 'stripe'
import type { Context } from '../../context.ts'
import { saveCustomer, type BillingCustomer } from '../../db/stores/billing/subscriptions.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { askStripe, isMissing } from './stripe.ts'

/** The id of an account at Stripe, which is made at its first purchase, and anew when it was deleted there. */
export async function livingCustomer(
  ctx: Context,
  account: Account,
  known: BillingCustomer | null,
): Promise<string> {
  const alive = known !== null && (await askStripe(ctx, (stripe) => exists(stripe, known.customerId)))
  if (alive) return known.customerId
  const replaced = known?.customerId ?? null
  const made = await askStripe(ctx, (stripe) =>
    stripe.customers.create(
      { name: account.name, email: account.email, metadata: { accountId: account.id } },
      // Two checkouts at once make one customer.
      { idempotencyKey: `hermod-customer-${account.id}-${replaced ?? 'first'}` },
    ),
  )
  return saveCustomer(ctx.db, { accountId: account.id, customerId: made.id, replaced })
}

async function exists(stripe: Stripe, customerId: string): Promise<boolean> {
  try {
    const customer = await stripe.customers.retrieve(customerId)
    return !('deleted' in customer && customer.deleted)
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
