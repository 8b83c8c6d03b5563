import type { Stripe } from 'stripe'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { bookPurchase, findPurchase, takeBackCredits } from '../../db/stores/billing/purchases.ts'
import { findCustomer } from '../../db/stores/billing/subscriptions.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import { creditsToTakeBack, priceText, type CreditPack } from '../../domain/billing/credit-pack.ts'
import { newId } from '../../kit/id.ts'
import { livingCustomer } from './customers.ts'
import type { StripeEvent } from './stripe-events.ts'
import { askStripe, isMissing, stripeSettings } from './stripe.ts'

/** The packs of credits that are for sale. Throws `not_configured` when there are none. */
export function packsForSale(ctx: Context): readonly CreditPack[] {
  stripeSettings(ctx)
  if (ctx.config.creditPacks.length > 0) return ctx.config.creditPacks
  throw new AppError(
    'not_configured',
    'Credits are not for sale on this installation. Ask its operator for some.',
  )
}

/**
 * Opens a Stripe checkout for a pack of so many credits and returns its URL; `returnUrl` is where Stripe sends the buyer
 * afterwards. Throws `validation_failed`, `not_configured`, `provider_unreachable` and `billing_refused`.
 */
export async function startPackCheckout(
  ctx: Context,
  { account, credits, returnUrl }: { account: Account; credits: number; returnUrl: string },
): Promise<string> {
  const packs = packsForSale(ctx)
  const pack = packs.find((one) => one.credits === credits)
  if (pack === undefined) {
    const offered = packs.map((one) => `${one.credits} (${priceText(one)})`).join(', ')
    throw invalidField('credits', `must be one of the packs that are for sale: ${offered}`)
  }
  const customer = await livingCustomer(ctx, account, await findCustomer(ctx.db, account.id))
  const metadata = { accountId: account.id, credits: String(credits) }
  const { url } = await askStripe(ctx, (stripe) =>
    stripe.checkout.sessions.create({
      mode: 'payment',
      customer,
      client_reference_id: account.id,
      line_items: [
        {
          quantity: 1,
          price_data: {
            currency: pack.currency.toLowerCase(),
            unit_amount: pack.amount,
            product_data: { name: `${credits} credits` },
          },
        },
      ],
      metadata,
      payment_intent_data: { metadata },
      success_url: `${returnUrl}?checkout=done`,
      cancel_url: `${returnUrl}?checkout=canceled`,
    }),
  )
  if (url === null) throw new Error('Stripe opened a checkout without a URL')
  return url
}

const paid = new Set(['checkout.session.completed', 'checkout.session.async_payment_succeeded'])
/** Events after which a payment may be worth less than it was. */
const takenBack = new Set([
  'charge.refunded',
  'charge.refund.updated',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'charge.dispute.closed',
])

/**
 * Takes an event that is about payments for credits; false for any other. How a payment stands is asked of Stripe. Throws
 * `provider_unreachable`.
 */
export async function applyPackEvent(ctx: Context, { type, data }: StripeEvent): Promise<boolean> {
  const { id, mode, payment_intent: paymentIntentId } = data.object
  if (paid.has(type) && mode === 'payment') {
    if (id !== undefined) await bookCheckout(ctx, id)
    return true
  }
  if (!takenBack.has(type)) return false
  if (paymentIntentId != null) await takeBack(ctx, paymentIntentId)
  return true
}

/** The part of a checkout that is read; one that we opened for credits has all of it. */
const checkoutShape = z.object({
  payment_status: z.literal(['paid', 'no_payment_required']),
  payment_intent: z.string().nullable(),
  client_reference_id: z.uuid(),
  metadata: z.object({
    accountId: z.uuid(),
    credits: z
      .string()
      .regex(/^[1-9]\d{0,8}$/)
      .transform(Number),
  }),
})

async function bookCheckout(ctx: Context, checkoutId: string): Promise<void> {
  const checkout = checkoutShape.safeParse(await readCheckout(ctx, checkoutId))
  if (!checkout.success || checkout.data.client_reference_id !== checkout.data.metadata.accountId) {
    ctx.log.warn({ checkoutId }, 'a checkout of Stripe’s that is not paid, or not for credits of ours')
    return
  }
  const { metadata, payment_intent: paymentIntentId } = checkout.data
  const purchase = { checkoutId, paymentIntentId, ...metadata }
  const note = `Bought ${metadata.credits} credits`
  const isNew = await bookPurchase(ctx.db, { ...purchase, entryId: newId(), note })
  if (!isNew) return
  ctx.log.info(purchase, 'credits were bought')
  // A refund may have been told before the purchase was.
  if (paymentIntentId !== null) await takeBack(ctx, paymentIntentId)
}

function readCheckout(ctx: Context, id: string): Promise<Stripe.Checkout.Session | null> {
  return askStripe(ctx, async (stripe) => {
    try {
      return await stripe.checkout.sessions.retrieve(id)
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  })
}

/** Disputes in these states take no money away. Source: docs.stripe.com, disputes, statuses. */
const harmless = new Set([
  'won',
  'prevented',
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
])

async function takeBack(ctx: Context, paymentIntentId: string): Promise<void> {
  const purchase = await findPurchase(ctx.db, paymentIntentId)
  if (purchase === null) return
  const payment = { payment_intent: paymentIntentId, limit: 100 }
  const [charges, disputes] = await askStripe(ctx, (stripe) =>
    Promise.all([stripe.charges.list(payment), stripe.disputes.list(payment)]),
  )
  const sumOf = (amounts: number[]): number => amounts.reduce((sum, amount) => sum + amount, 0)
  const total = creditsToTakeBack(purchase.credits, {
    amount: sumOf(charges.data.map((charge) => charge.amount_captured)),
    refunded: sumOf(charges.data.map((charge) => charge.amount_refunded)),
    isDisputed: disputes.data.some(({ status }) => !harmless.has(status)),
  })
  const note = total === 0 ? 'The payment counts again' : 'The payment was given back or is disputed'
  const { checkoutId, accountId } = purchase
  const changed = await takeBackCredits(ctx.db, { checkoutId, total, entryId: newId(), note })
  if (changed !== 0)
    ctx.log.info({ accountId, checkoutId, credits: changed }, 'bought credits were taken back')
}
