import type { Stripe } from 'stripe'
import type { Context } from '../../context.ts'
import {
  findByCustomer,
  findCustomer,
  isEventKnown,
  recordPurchase,
} from '../../db/stores/billing/subscriptions.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  purchaseOf,
  soldPlans,
  type Purchase,
  type SoldPlan,
  type Subscription,
} from '../../domain/billing/subscription.ts'
import { livingCustomer } from './customers.ts'
import type { StripeEvent } from './stripe-events.ts'
import { askStripe, isMissing, stripeSettings } from './stripe.ts'

/**
 * Opens a Stripe checkout for a plan and returns its URL; `returnUrl` is where Stripe sends the buyer afterwards.
 * Throws `already_subscribed`, `not_configured`, `provider_unreachable` and `billing_refused`.
 */
export async function startCheckout(
  ctx: Context,
  { account, plan, returnUrl }: { account: Account; plan: SoldPlan; returnUrl: string },
): Promise<string> {
  const price = stripeSettings(ctx).prices[plan]
  if (price === null) {
    throw new AppError('not_configured', `The ${plan} plan is not for sale on this installation.`)
  }
  const known = await findCustomer(ctx.db, account.id)
  if (known?.paidPlan != null) {
    throw new AppError(
      'already_subscribed',
      `Your account has a subscription to the ${known.paidPlan} plan.`,
      { remedy: { do: 'open_portal' } },
    )
  }
  const open = (customer: string) => (stripe: Stripe) =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      customer,
      client_reference_id: account.id,
      line_items: [{ price, quantity: 1 }],
      subscription_data: { metadata: { accountId: account.id } },
      success_url: `${returnUrl}?checkout=done`,
      cancel_url: `${returnUrl}?checkout=canceled`,
    })
  const customer = await livingCustomer(ctx, account, known)
  const { url } = await askStripe(ctx, open(customer))
  if (url === null) throw new Error('Stripe opened a checkout without a URL')
  return url
}

/**
 * Opens Stripe's portal, where an account changes or ends its subscription, and returns its URL. Throws
 * `not_subscribed`, `not_configured` and `provider_unreachable`.
 */
export async function openPortal(
  ctx: Context,
  { account, returnUrl }: { account: Account; returnUrl: string },
): Promise<string> {
  stripeSettings(ctx)
  const known = await findCustomer(ctx.db, account.id)
  if (known?.subscriptionId == null) {
    throw new AppError(
      'not_subscribed',
      'Your account never had a subscription, so there is nothing to manage.',
      { remedy: { do: 'open_checkout' } },
    )
  }
  const { url } = await askStripe(ctx, (stripe) =>
    stripe.billingPortal.sessions.create({ customer: known.customerId, return_url: returnUrl }),
  )
  return url
}

/** The events that may change what an account has subscribed to. */
const telling = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.deleted',
])

/**
 * Takes an event that is about subscriptions, if it is. It is only a wake-up: what the customer has bought is asked of
 * Stripe. Throws `provider_unreachable`.
 */
export async function applySubscriptionEvent(ctx: Context, event: StripeEvent): Promise<void> {
  if (!telling.has(event.type) || (await isEventKnown(ctx.db, event.id))) return
  const { object } = event.data
  const customerId = object.object === 'customer' ? object.id : object.customer
  const known = customerId == null ? null : await findByCustomer(ctx.db, customerId)
  if (known === null) {
    ctx.log.warn({ event: event.id, type: event.type }, 'an event of Stripe’s about no customer of ours')
    return
  }
  const purchase = await readPurchase(ctx, known.customerId)
  if (purchase.plan === 'unknown') {
    ctx.log.warn(
      { accountId: known.accountId, subscriptionId: purchase.subscriptionId },
      'a subscription at a price that is in neither STRIPE_PRICE_BASIC nor STRIPE_PRICE_PRO: the plan stays',
    )
  }
  const recorded = await recordPurchase(ctx.db, {
    event: { id: event.id, type: event.type },
    customerId: known.customerId,
    purchase,
    readAt: known.now,
  })
  if (recorded !== null) ctx.log.info({ ...recorded, event: event.id, ...purchase }, 'a subscription changed')
}

async function readPurchase(ctx: Context, customerId: string): Promise<Purchase> {
  const subscriptions = await askStripe(ctx, async (stripe) => {
    try {
      return (await stripe.subscriptions.list({ customer: customerId, status: 'all', limit: 100 })).data
    } catch (error) {
      // A customer that was deleted has no subscription either.
      if (isMissing(error)) return []
      throw error
    }
  })
  return purchaseOf(subscriptions.map((one) => toSubscription(ctx, one)))
}

function toSubscription(ctx: Context, subscription: Stripe.Subscription): Subscription {
  const { prices } = stripeSettings(ctx)
  const paid = subscription.items.data.map((item) => item.price.id)
  // The better one, should there be several.
  const plan = soldPlans.toReversed().find((name) => paid.some((price) => price === prices[name])) ?? null
  const { id, status, created } = subscription
  return { id, status, plan, createdAt: new Date(created * 1_000) }
}
