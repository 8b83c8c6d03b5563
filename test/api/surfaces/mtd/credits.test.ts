import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBilling, type Billing } from '../../../support/billing.ts'
import { startTestService, type TestService } from '../../../support/service.ts'
import { expectRefused, mtdClient, newKey } from './client.ts'

let billing: Billing
let hermod: TestService
beforeAll(async () => {
  billing = await startBilling()
  hermod = await startTestService({ env: { ...billing.env, CREDITS: 'enforced' } })
})
afterAll(async () => {
  await hermod.stop()
  await billing.stripe.close()
})

test('where credits are sold, who has none is told the page that sells them', async () => {
  const pairing = { session_id: 's', phone_number: '0821234567', country: 'ZA' }
  const answer = await mtdClient(hermod, await newKey(hermod)).pair(pairing)
  const page = `${hermod.url}/billing/buy`
  expectRefused(answer, 402, `Insufficient credits. Top up at ${page}.`)
  expect((await fetch(page)).status).toBe(200)
})

test('a test key reaches nobody and costs nothing', async () => {
  const client = mtdClient(hermod, await newKey(hermod, 'test'))
  const pairing = { session_id: 's', phone_number: '0821234567', country: 'ZA' }
  expect((await client.pair(pairing)).body).toMatchObject({ success: true, credits_remaining: 0 })
  const text = { session_id: 's', to: '0731234567', country: 'ZA', message: 'Hi' }
  expect((await client.send(text)).body).toMatchObject({ success: true, credits_remaining: 0 })
})
