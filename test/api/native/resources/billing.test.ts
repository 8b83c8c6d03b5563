import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startStripe, type FakeStripe, type StripeDelivery } from '../../../fakes/stripe/server.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

const secretKey = 'sk_test_ofTheOperatorAlone'
const webhookSecret = 'whsec_ofTheOperatorAlone'
const prices = { basic: 'price_basic', pro: 'price_pro' }

let stripe: FakeStripe
let hermod: TestService
let other: TestService
let sql: Sql
beforeAll(async () => {
  stripe = await startStripe({ secretKey, webhookSecret, prices: [...Object.values(prices), 'price_old'] })
  const env = envOf()
  hermod = await startTestService({ env })
  other = await startTestService({ env: { ...env, DATABASE_URL: hermod.databaseUrl } })
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await other.stop()
  await hermod.stop()
  await stripe.close()
})
beforeEach(() => stripe.be('well'))

function envOf(more: Record<string, string> = {}): Record<string, string> {
  return {
    DEFAULT_PLAN: 'free',
    SALES_CONTACT: 'sales@example.com',
    PUBLIC_URL: 'https://hermod.example.com',
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_PRICE_BASIC: prices.basic,
    STRIPE_PRICE_PRO: prices.pro,
    STRIPE_API_URL: stripe.url,
    ...more,
  }
}

const checkout = (key: string, plan = 'pro', service = hermod): Promise<Answer> =>
  service.call('POST', '/billing/checkout', { key, body: { plan } })

function deliver({ body, signature }: StripeDelivery, service = hermod): Promise<Answer> {
  return service.call('POST', '/billing/webhook', { raw: body, headers: { 'stripe-signature': signature } })
}

const tell = (type: string, subscriptionId: string, options: { id?: string } = {}): Promise<Answer> =>
  deliver(stripe.event(type, stripe.tell(subscriptionId), options))
const updated = 'customer.subscription.updated'

async function meOf(key: string, service = hermod): Promise<{ id: string; plan: string }> {
  return (await service.call('GET', '/auth/me', { key })).body.data
}

/** An account whose checkout was paid, and which Stripe told us of. */
async function subscriber(plan: 'basic' | 'pro' = 'pro'): Promise<{ key: string; subscription: string }> {
  const key = await hermod.register()
  const { body } = await checkout(key, plan)
  const subscription = stripe.pay(body.data.url)
  expect((await tell('customer.subscription.created', subscription)).status).toBe(200)
  expect((await meOf(key)).plan).toBe(plan)
  return { key, subscription }
}

test('a checkout that is paid changes the plan and its limits, in every process', async () => {
  const key = await hermod.register()
  expect((await other.call('GET', '/messages', { key })).headers.get('x-ratelimit-limit')).toBe('20')
  const opened = await checkout(key, 'basic')
  expect(opened).toMatchObject({ status: 200, body: { success: true } })
  const session = [...stripe.state.checkouts.values()].at(-1)
  expect(session).toMatchObject({
    price: prices.basic,
    successUrl: 'https://hermod.example.com/developers?checkout=done',
    url: opened.body.data.url,
  })
  expect((await meOf(key)).plan).toBe('free')

  const subscription = stripe.pay(opened.body.data.url)
  const paid = { id: 'cs_1', object: 'checkout.session', customer: session?.customer ?? '' }
  expect((await deliver(stripe.event('checkout.session.completed', paid))).body).toEqual({ received: true })
  expect((await meOf(key)).plan).toBe('basic')
  expect((await other.call('GET', '/messages', { key })).headers.get('x-ratelimit-limit')).toBe('100')
  expect(stripe.tell(subscription)).toMatchObject({ status: 'active' })
})

test('checkouts at once make one customer', async () => {
  const key = await hermod.register()
  const answers = await Promise.all([hermod, other, hermod, other].map((one) => checkout(key, 'pro', one)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  const { id } = await meOf(key)
  expect([...stripe.state.customers.values()].filter(({ accountId }) => accountId === id)).toHaveLength(1)
})

test('an account with a subscription changes it in the portal', async () => {
  const { key, subscription } = await subscriber('basic')
  expectRefusal(await checkout(key), { status: 409, code: 'already_subscribed' })
  const portal = await hermod.call('GET', '/billing/portal', { key })
  expect(portal).toMatchObject({ status: 200, body: { data: { url: expect.stringContaining(stripe.url) } } })
  stripe.change(subscription, { price: prices.pro })
  await tell(updated, subscription)
  expect((await meOf(key)).plan).toBe('pro')
})

test('the portal of an account that never subscribed is refused', async () => {
  const key = await hermod.register()
  await checkout(key)
  const answer = await hermod.call('GET', '/billing/portal', { key })
  expectRefusal(answer, { status: 409, code: 'not_subscribed' })
})

test('only plans that are for sale are', async () => {
  const key = await hermod.register()
  const enterprise = await checkout(key, 'enterprise')
  expectInvalid(enterprise, 'body.plan')
  expect(enterprise.body.details[0].message).toContain('ask sales@example.com')
  expectInvalid(await checkout(key, 'platinum'), 'body.plan')
})

test('when the subscription ends the account returns to the plan that it had, and may buy again', async () => {
  const { key, subscription } = await subscriber()
  stripe.change(subscription, { status: 'canceled' })
  await tell('customer.subscription.deleted', subscription)
  expect((await meOf(key)).plan).toBe('free')
  const again = await checkout(key, 'basic')
  expect(again.status).toBe(200)
  await tell(updated, stripe.pay(again.body.data.url))
  expect((await meOf(key)).plan).toBe('basic')
})

test.each([
  ['past_due', 'pro'],
  ['trialing', 'pro'],
  ['unpaid', 'free'],
  ['paused', 'free'],
  ['incomplete_expired', 'free'],
  ['a_word_of_tomorrow', 'free'],
])('a subscription that is %s gives the plan %s', async (status, plan) => {
  const { key, subscription } = await subscriber()
  stripe.change(subscription, { status })
  await tell(updated, subscription)
  expect((await meOf(key)).plan).toBe(plan)
})

test('a price that is no longer ours leaves the plan as it is', async () => {
  const { key, subscription } = await subscriber('basic')
  stripe.change(subscription, { price: 'price_old' })
  await tell(updated, subscription)
  expect((await meOf(key)).plan).toBe('basic')
})

describe('events', () => {
  test('in any order end in what Stripe says now', async () => {
    const { key, subscription } = await subscriber('basic')
    const first = stripe.event(updated, stripe.tell(subscription))
    stripe.change(subscription, { price: prices.pro })
    const second = stripe.event(updated, stripe.tell(subscription))
    stripe.change(subscription, { status: 'canceled' })
    const last = stripe.event('customer.subscription.deleted', stripe.tell(subscription))
    for (const event of [last, second, first]) expect((await deliver(event)).status).toBe(200)
    expect((await meOf(key)).plan).toBe('free')
  })

  test('that come twice, or at once to several processes, are acted upon once', async () => {
    const { key, subscription } = await subscriber('basic')
    stripe.change(subscription, { price: prices.pro })
    const event = stripe.event(updated, stripe.tell(subscription), { id: `evt_twice_${subscription}` })
    const answers = await Promise.all([hermod, other, hermod, other].map((one) => deliver(event, one)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await meOf(key)).plan).toBe('pro')
    const asked = stripe.requests.length
    expect((await deliver(event)).status).toBe(200)
    expect(stripe.requests.length).toBe(asked)
  })

  test('are refused without a signature, with a wrong one, with an old one, and changed on the way', async () => {
    const { key, subscription } = await subscriber()
    stripe.change(subscription, { status: 'canceled' })
    const object = stripe.tell(subscription)
    const good = stripe.event(updated, object)
    const hourAgo = Math.floor(Date.now() / 1_000) - 3_600
    const bad = [
      { ...good, signature: '' },
      { ...good, body: good.body.replace('canceled', 'active') },
      stripe.event(updated, object, { secret: 'whsec_ofSomebodyElse' }),
      stripe.event(updated, object, { at: hourAgo }),
    ]
    for (const event of bad) {
      expectRefusal(await deliver(event), { status: 403, code: 'signature_invalid' })
    }
    expect((await meOf(key)).plan).toBe('pro')
  })

  test('of no interest, or about nobody of ours, are taken and change nothing', async () => {
    const before = await sql.query('select * from billing_events order by id')
    const stranger = { id: 'sub_stranger', object: 'subscription', customer: 'cus_stranger' }
    for (const event of [
      stripe.event(updated, stranger),
      stripe.event('invoice.paid', { id: 'in_1', object: 'invoice', customer: 'cus_stranger' }),
      stripe.event(updated, { id: 'sub_odd', object: 'subscription' }),
    ]) {
      expect((await deliver(event)).status).toBe(200)
    }
    expect(await sql.query('select * from billing_events order by id')).toEqual(before)
  })

  test.each(['away', 'failing', 'busy'] as const)(
    'while Stripe is %s are refused with 503, change nothing, and count when they come again',
    async (mood) => {
      const { key, subscription } = await subscriber()
      stripe.change(subscription, { status: 'canceled' })
      const event = stripe.event(updated, stripe.tell(subscription))
      stripe.be(mood)
      const refused = await deliver(event)
      expectRefusal(refused, { status: 503, code: 'provider_unreachable' })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await meOf(key)).plan).toBe('pro')
      stripe.be('well')
      expect((await deliver(event)).status).toBe(200)
      expect((await meOf(key)).plan).toBe('free')
    },
  )
})

test('a customer who was deleted at Stripe has nothing any more, and can buy anew', async () => {
  const { key, subscription } = await subscriber()
  const { id } = await meOf(key)
  const customer = [...stripe.state.customers.values()].find(({ accountId }) => accountId === id)
  if (customer === undefined) throw new Error('the customer is not there')
  stripe.change(subscription, { status: 'canceled' })
  customer.deleted = true
  await deliver(stripe.event('customer.deleted', { id: customer.id, object: 'customer' }))
  expect((await meOf(key)).plan).toBe('free')
  const again = await checkout(key, 'pro')
  expect(again.status).toBe(200)
  await tell(updated, stripe.pay(again.body.data.url))
  expect((await meOf(key)).plan).toBe('pro')
})

describe('what goes wrong between us and Stripe', () => {
  test.each(['away', 'failing', 'busy'] as const)('is told as 503 while Stripe is %s', async (mood) => {
    const key = await hermod.register()
    stripe.be(mood)
    const answer = await checkout(key)
    expectRefusal(answer, { status: 503, code: 'provider_unreachable' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('is the operator’s to mend where the key is wrong, and tells nothing of the key', async () => {
    const wrong = 'sk_test_wrongKeyOfTheOperator'
    const misconfigured = await startTestService({ env: envOf({ STRIPE_SECRET_KEY: wrong }) })
    try {
      const answer = await checkout(await misconfigured.register(), 'pro', misconfigured)
      expectRefusal(answer, { status: 501, code: 'not_configured' })
      expect(JSON.stringify(answer.body)).not.toMatch(/sk_test|\*\*\*/)
    } finally {
      await misconfigured.stop()
    }
  })

  test('is the operator’s to mend where a price does not exist, or is not set', async () => {
    const { STRIPE_PRICE_BASIC: _basic, ...env } = envOf({ STRIPE_PRICE_PRO: 'price_gone' })
    const misconfigured = await startTestService({ env })
    try {
      const key = await misconfigured.register()
      for (const plan of ['basic', 'pro']) {
        const answer = await checkout(key, plan, misconfigured)
        expectRefusal(answer, { status: 501, code: 'not_configured' })
      }
    } finally {
      await misconfigured.stop()
    }
  })
})

test('without a key of Stripe’s billing is a clear 501, and credits can be read all the same', async () => {
  const plain = await startTestService()
  try {
    const key = await plain.register()
    const event = stripe.event(updated, { id: 'sub_1', object: 'subscription' })
    const answers = [
      await checkout(key, 'pro', plain),
      await plain.call('GET', '/billing/portal', { key }),
      await deliver(event, plain),
    ]
    for (const answer of answers) expectRefusal(answer, { status: 501, code: 'not_configured' })
    expect((await plain.call('GET', '/billing/credits', { key })).status).toBe(200)
  } finally {
    await plain.stop()
  }
})
