import type { Json } from '../http.ts'

export interface StripeCustomer {
  id: string
  name: string | null
  email: string | null
  accountId: string | null
  deleted: boolean
}

export interface StripeCheckout {
  id: string
  customer: string
  /** Of a subscription. */
  price: string | null
  /** Of a single payment: what it costs, and what the seller wrote beside it. */
  payment: {
    amount: number
    currency: string
    metadata: Json
    reference: string | null
    status: 'unpaid' | 'paid'
  } | null
  paymentIntent: string | null
  successUrl: string
  url: string
}

/** A payment that was made. */
export interface StripeCharge {
  id: string
  paymentIntent: string
  amount: number
  refunded: number
}

export interface StripeDispute {
  id: string
  paymentIntent: string
  status: string
}

export interface StripeSubscription {
  id: string
  customer: string
  price: string
  status: string
  created: number
}

/** A refusal in Stripe's words. */
export class StripeRefusal extends Error {
  constructor(
    readonly status: number,
    readonly error: { type: string; message: string; code?: string; param?: string },
  ) {
    super(error.message)
  }
}

export interface StripeState {
  customers: Map<string, StripeCustomer>
  checkouts: Map<string, StripeCheckout>
  subscriptions: Map<string, StripeSubscription>
  charges: Map<string, StripeCharge>
  disputes: Map<string, StripeDispute>
  /** Prices that exist. */
  prices: Set<string>
  /** A fresh id such as cus_1. */
  newId(prefix: string): string
}

export function createState(prices: readonly string[]): StripeState {
  let made = 0
  return {
    customers: new Map(),
    checkouts: new Map(),
    subscriptions: new Map(),
    charges: new Map(),
    disputes: new Map(),
    prices: new Set(prices),
    newId: (prefix) => `${prefix}_fake${(made += 1)}`,
  }
}

/** A customer that lives. Throws what Stripe says of one that it does not have. */
export function customerNamed(state: StripeState, id: string | null, param: string): StripeCustomer {
  const customer = state.customers.get(id ?? '')
  if (customer !== undefined && !customer.deleted) return customer
  throw missing(`No such customer: '${id ?? ''}'`, param)
}

/** What Stripe says of something that it does not have. */
export function missing(message: string, param: string): StripeRefusal {
  return new StripeRefusal(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message,
    param,
  })
}

export function customerView(customer: StripeCustomer): Json {
  const { id, name, email, accountId, deleted } = customer
  if (deleted) return { id, object: 'customer', deleted: true }
  return { id, object: 'customer', name, email, metadata: accountId === null ? {} : { accountId } }
}

export function checkoutView(checkout: StripeCheckout): Json {
  const { id, customer, url, payment, paymentIntent } = checkout
  return {
    id,
    object: 'checkout.session',
    mode: payment === null ? 'subscription' : 'payment',
    customer,
    url,
    status: 'open',
    payment_status: payment?.status ?? 'unpaid',
    payment_intent: paymentIntent,
    client_reference_id: payment?.reference ?? null,
    metadata: payment?.metadata ?? {},
  }
}

export function chargeView({ id, paymentIntent, amount, refunded }: StripeCharge): Json {
  return {
    id,
    object: 'charge',
    payment_intent: paymentIntent,
    amount,
    amount_captured: amount,
    amount_refunded: refunded,
    refunded: refunded === amount,
  }
}

export function disputeView({ id, paymentIntent, status }: StripeDispute): Json {
  return { id, object: 'dispute', payment_intent: paymentIntent, status }
}

/** As of API version 2026-10-28: the period stands at the item. */
export function subscriptionView({ id, customer, price, status, created }: StripeSubscription): Json {
  const item = {
    id: `si_${id}`,
    object: 'subscription_item',
    price: { id: price, object: 'price', type: 'recurring' },
    quantity: 1,
    subscription: id,
  }
  const items = { object: 'list', data: [item], has_more: false, url: '/v1/subscription_items' }
  return { id, object: 'subscription', customer, status, created, items, metadata: {} }
}
