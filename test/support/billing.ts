import { Stripe } from 'stripe'
import { startStripe, type FakeStripe } from '../fakes/stripe/server.ts'
import type { Answer, TestService } from './service.ts'

const secretKey = 'sk_test_ofTheOperatorAlone'
const webhookSecret = 'whsec_ofTheOperatorAlone'
const prices = { basic: 'price_basic', pro: 'price_pro' }

/** A stand-in for Stripe, and what makes a service do business with it. */
export interface Billing {
  stripe: FakeStripe
  /** What the service has to be started with. */
  env: Record<string, string>
  /** Posts a body as Stripe would, signed. */
  deliver(hermod: TestService, body: string): Promise<Answer>
  /** Buys the plan pro for an account, and lets Stripe tell so. */
  subscribe(hermod: TestService, key: string): Promise<void>
}

/** Starts the stand-in; whoever does closes `stripe`. */
export async function startBilling(): Promise<Billing> {
  const stripe = await startStripe({ secretKey, webhookSecret, prices: Object.values(prices) })
  const deliver: Billing['deliver'] = (hermod, body) =>
    hermod.call('POST', '/billing/webhook', { raw: body, headers: stripeSignature(body) })
  return {
    stripe,
    env: {
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_PRICE_BASIC: prices.basic,
      STRIPE_PRICE_PRO: prices.pro,
      STRIPE_API_URL: stripe.url,
      CREDIT_PACKS: '500:99.00:ZAR,2500:399:ZAR',
    },
    deliver,
    async subscribe(hermod, key) {
      const opened = await hermod.call('POST', '/billing/checkout', { key, body: { plan: 'pro' } })
      const told = stripe.tell(stripe.pay(opened.body.data.url))
      await deliver(hermod, stripe.event('customer.subscription.created', told).body)
    },
  }
}

/** The header that proves a body to a service with the environment of `startBilling`. */
export function stripeSignature(body: string): Record<string, string> {
  const proof = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: webhookSecret })
  return { 'stripe-signature': proof }
}
