import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { topUpCredits } from '../../../../src/services/billing/credits.ts'
import { startBilling, type Billing } from '../../../support/billing.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'

let billing: Billing
let hermod: TestService
let other: TestService
beforeAll(async () => {
  billing = await startBilling()
  const env = {
    ...billing.env,
    CREDITS: 'enforced',
    CREDITS_START: '7',
    PUBLIC_URL: 'https://hermod.example.com',
  }
  hermod = await startTestService({ env })
  other = await startTestService({ env: { ...env, DATABASE_URL: hermod.databaseUrl } })
})
afterAll(async () => {
  await other.stop()
  await hermod.stop()
  await billing.stripe.close()
})

const checkout = (key: string, credits: unknown = 500): Promise<Answer> =>
  hermod.call('POST', '/billing/credits/checkout', { key, body: { credits } })

const creditsOf = async (
  key: string,
): Promise<{ balance: number; entries: { kind: string; amount: number; note: string }[] }> =>
  (await hermod.call('GET', '/billing/credits', { key })).body.data

/** Lets Stripe tell of a checkout, as it is now. */
function tell(url: string, type = 'checkout.session.completed', service = hermod): Promise<Answer> {
  const id = url.split('/').at(-1) ?? ''
  const customer = billing.stripe.state.checkouts.get(id)?.customer ?? ''
  const { body } = billing.stripe.event(type, { id, object: 'checkout.session', mode: 'payment', customer })
  return billing.deliver(service, body)
}

function tellOfPayment(type: string, payment_intent: string): Promise<Answer> {
  return billing.deliver(
    hermod,
    billing.stripe.event(type, { id: 'ch_1', object: 'charge', payment_intent }).body,
  )
}

/** An account that bought a pack of 500. */
async function buyer(): Promise<{ key: string; payment: string; url: string }> {
  const key = await hermod.register()
  const { url } = (await checkout(key)).body.data
  const payment = billing.stripe.payOnce(url)
  expect((await tell(url)).status).toBe(200)
  expect((await creditsOf(key)).balance).toBe(507)
  return { key, payment, url }
}

test('a new account begins with the credits of the configuration, as a line of its ledger', async () => {
  const { balance, entries } = await creditsOf(await hermod.register())
  expect(balance).toBe(7)
  expect(entries).toMatchObject([{ kind: 'grant', amount: 7 }])
})

test('a pack is paid at Stripe, by its price, and booked once it is paid', async () => {
  const key = await hermod.register()
  const opened = await checkout(key, 2_500)
  expect(opened).toMatchObject({ status: 200, body: { success: true } })
  const { url } = opened.body.data
  const session = [...billing.stripe.state.checkouts.values()].at(-1)
  expect(session).toMatchObject({
    url,
    successUrl: 'https://hermod.example.com/billing/buy?checkout=done',
    payment: { amount: 39_900, currency: 'zar' },
  })
  // Some ways to pay take days: the checkout is over, and not paid.
  await tell(url)
  expect((await creditsOf(key)).balance).toBe(7)
  billing.stripe.payOnce(url)
  await tell(url, 'checkout.session.async_payment_succeeded')
  expect(await creditsOf(key)).toMatchObject({
    balance: 2_507,
    entries: [{ kind: 'grant', amount: 2_500, note: 'Bought 2500 credits' }, { amount: 7 }],
  })
  expect((await hermod.call('GET', '/auth/me', { key })).body.data.plan).toBe('unlimited')
})

test('a purchase is booked once, however often and to however many processes it is told', async () => {
  const key = await hermod.register()
  const { url } = (await checkout(key)).body.data
  billing.stripe.payOnce(url)
  const told = [hermod, other, hermod, other, hermod, other]
  const answers = await Promise.all(
    told.flatMap((service) => [
      tell(url, 'checkout.session.completed', service),
      tell(url, 'checkout.session.async_payment_succeeded', service),
    ]),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect((await creditsOf(key)).balance).toBe(507)
  await tell(url)
  expect(await creditsOf(key)).toMatchObject({ balance: 507, entries: { length: 2 } })
})

test('several packs are several purchases', async () => {
  const { key } = await buyer()
  const { url } = (await checkout(key)).body.data
  billing.stripe.payOnce(url)
  await tell(url)
  expect((await creditsOf(key)).balance).toBe(1_007)
})

test('while Stripe cannot be asked nothing is booked, and it is when the event comes again', async () => {
  const key = await hermod.register()
  const { url } = (await checkout(key)).body.data
  billing.stripe.payOnce(url)
  billing.stripe.be('failing')
  expectRefusal(await tell(url), { status: 503, code: 'provider_unreachable' })
  billing.stripe.be('well')
  expect((await creditsOf(key)).balance).toBe(7)
  await tell(url)
  expect((await creditsOf(key)).balance).toBe(507)
})

describe('a payment that is given back', () => {
  test('takes its credits away, as much as was given back, once', async () => {
    const { key, payment } = await buyer()
    billing.stripe.refund(payment, 4_950)
    await tellOfPayment('charge.refunded', payment)
    await tellOfPayment('charge.refunded', payment)
    expect((await creditsOf(key)).balance).toBe(257)
    billing.stripe.refund(payment, 4_950)
    await tellOfPayment('charge.refunded', payment)
    expect(await creditsOf(key)).toMatchObject({
      balance: 7,
      entries: [
        { kind: 'debit', amount: -250 },
        { kind: 'debit', amount: -250 },
        { amount: 500 },
        { amount: 7 },
      ],
    })
  })

  test('never takes the balance below zero', async () => {
    const { key, payment } = await buyer()
    const accountId = (await hermod.call('GET', '/auth/me', { key })).body.data.id
    await topUpCredits(hermod.service.ctx, { accountId, amount: -400, note: 'spent', reference: null })
    billing.stripe.refund(payment, 9_900)
    await tellOfPayment('charge.refunded', payment)
    expect((await creditsOf(key)).balance).toBe(0)
  })

  test('before the purchase was told leaves nothing', async () => {
    const key = await hermod.register()
    const { url } = (await checkout(key)).body.data
    const payment = billing.stripe.payOnce(url)
    billing.stripe.refund(payment, 9_900)
    await tellOfPayment('charge.refunded', payment)
    await tell(url)
    expect((await creditsOf(key)).balance).toBe(7)
  })

  test('and one that is disputed, until the dispute is won', async () => {
    const { key, payment } = await buyer()
    billing.stripe.dispute(payment, 'warning_needs_response')
    await tellOfPayment('charge.dispute.created', payment)
    expect((await creditsOf(key)).balance).toBe(507)
    billing.stripe.dispute(payment, 'needs_response')
    await tellOfPayment('charge.dispute.funds_withdrawn', payment)
    expect((await creditsOf(key)).balance).toBe(7)
    billing.stripe.dispute(payment, 'won')
    await tellOfPayment('charge.dispute.closed', payment)
    expect(await creditsOf(key)).toMatchObject({
      balance: 507,
      entries: [{ kind: 'grant', amount: 500 }, {}, {}, {}],
    })
  })

  test('of somebody else changes nothing', async () => {
    const { key } = await buyer()
    expect((await tellOfPayment('charge.refunded', 'pi_stranger')).status).toBe(200)
    expect((await creditsOf(key)).balance).toBe(507)
  })
})

test('only packs that are for sale are, by a key that may manage the account', async () => {
  const key = await hermod.register()
  for (const credits of [501, 0, -500]) expectInvalid(await checkout(key, credits), 'body.credits')
  for (const credits of ['500', null, 1.5]) expectInvalid(await checkout(key, credits), 'body.credits')
  const { body } = await hermod.call('POST', '/keys', { key, body: { name: 'sender', scopes: ['send'] } })
  expectRefusal(await checkout(body.data.apiKey), { status: 403, code: 'forbidden' })
})

test('a 402 says where more can be bought', async () => {
  const key = await hermod.register()
  const accountId = (await hermod.call('GET', '/auth/me', { key })).body.data.id
  await topUpCredits(hermod.service.ctx, { accountId, amount: -7, note: 'spent', reference: null })
  await hermod.call('PUT', '/auth/me/credentials', {
    key,
    body: { whatsappAccessToken: 'EAAtesttoken', whatsappPhoneNumberId: '106540352242922' },
  })
  const answer = await hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', message: 'Hi' },
  })
  expectRefusal(answer, { status: 402, code: 'insufficient_credits' })
  expect(answer.body.error).toMatch(/POST \/billing\/credits\/checkout.*\/billing\/buy/)
})

describe('the page', () => {
  const open = (query = '') => hermod.call('GET', `/billing/buy${query}`)
  const submit = (fields: Record<string, string>): Promise<Answer> =>
    hermod.call('POST', '/billing/buy', {
      raw: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })

  test('shows the packs with their prices, loads nothing, and may be framed by nobody', async () => {
    const page = await open()
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('2,500 credits') })
    expect(page.body).toContain('ZAR 99.00')
    expect(page.body).toContain('ZAR 399.00')
    expect(page.body).not.toMatch(/<script|src=/)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
    )
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('leads to the checkout of the account whose key was entered', async () => {
    const key = await hermod.register()
    const page = await submit({ key: ` ${key} `, credits: '500' })
    expect(page.status).toBe(200)
    const url = /href="([^"]+)" rel/.exec(page.body)?.[1] ?? ''
    expect(page.body).toContain(`<meta http-equiv="refresh" content="0; url=${url}">`)
    expect(page.body).not.toContain(key)
    billing.stripe.payOnce(url)
    await tell(url)
    expect((await creditsOf(key)).balance).toBe(507)
  })

  test('thanks who comes back, and says when nothing was paid', async () => {
    expect((await open('?checkout=done')).body).toContain('Thank you')
    expect((await open('?checkout=canceled')).body).toContain('Nothing was paid')
    expect((await open('?checkout=%3Cscript%3E&checkout=x')).body).not.toContain('<script')
  })

  test.each([
    [{ key: 'sk_live_wrong', credits: '500' }, 401, 'Invalid API key'],
    [{ key: '<script>', credits: '500' }, 401, 'Invalid API key'],
    [{ key: '', credits: '500' }, 401, 'Invalid API key'],
    [{ credits: '500' }, 400, 'Enter your API key'],
    [{ key: 'x', credits: 'many' }, 400, 'Enter your API key'],
    [{}, 400, 'Enter your API key'],
  ])('says what is wrong with %j', async (fields, status, said) => {
    const page = await submit(fields)
    expect(page).toMatchObject({ status, body: expect.stringContaining(said) })
    expect(page.body).not.toContain('<script')
  })

  test('names the packs when another was asked for, and says so while Stripe is away', async () => {
    const key = await hermod.register()
    expect(await submit({ key, credits: '501' })).toMatchObject({
      status: 400,
      body: expect.stringContaining('500 (ZAR 99.00), 2500 (ZAR 399.00)'),
    })
    billing.stripe.be('away')
    expect(await submit({ key, credits: '500' })).toMatchObject({
      status: 503,
      body: expect.stringContaining('Stripe cannot be reached'),
    })
    billing.stripe.be('well')
  })
})

test('where credits are not for sale the route is a clear 501, and the page says whom to ask', async () => {
  const plain = await startTestService()
  try {
    const key = await plain.register()
    const answer = await plain.call('POST', '/billing/credits/checkout', { key, body: { credits: 500 } })
    expectRefusal(answer, { status: 501, code: 'not_configured' })
    const page = await plain.call('GET', '/billing/buy')
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Ask its operator') })
    expect(page.body).not.toContain('<form')
  } finally {
    await plain.stop()
  }
})
