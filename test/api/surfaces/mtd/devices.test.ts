import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { topUpCredits } from '../../../../src/services/billing/credits.ts'
import { startDeviceService, type DeviceService } from '../../../support/linked-device/devices.ts'
import { until, type Answer } from '../../../support/service.ts'
import { expectRefused, mtdClient, type MtdClient } from './client.ts'

/** Numbers in South Africa that nobody else of this file has. */
const nowhere = '0821000404'
let service: DeviceService
beforeAll(async () => {
  service = await startDeviceService({
    env: { CREDITS: 'enforced', CREDITS_START: '20' },
    whatsApp: { notOnWhatsApp: ['27821000404'] },
    configure: (config) => ({ ...config, http: { ...config.http, answerWithinMs: 6_000 } }),
  })
})
afterAll(() => service.stop())

interface Account extends MtdClient {
  key: string
  balance(): Promise<number>
  /** The amounts of the ledger, the newest first. */
  ledger(): Promise<number[]>
  /** The id of the sender behind the one session. */
  sender(): Promise<string>
}

async function newAccount(): Promise<Account> {
  const { hermod } = service
  const key = await hermod.register()
  const credits = async () => (await hermod.call('GET', '/billing/credits', { key })).body.data
  return {
    ...mtdClient(hermod, key),
    key,
    balance: async () => (await credits()).balance,
    ledger: async () => (await credits()).entries.map(({ amount }: { amount: number }) => amount),
    sender: async () =>
      (await hermod.call('GET', '/sessions', { key })).body.data.find(
        ({ provider }: { provider: string }) => provider === 'linked-device',
      ).id,
  }
}

let phones = 0
const newPhone = (): string => `08230000${String((phones += 1)).padStart(2, '0')}`
const e164 = (phone: string): string => `27${phone.slice(1)}`

const pairing = (phone: string, session_id = 's') => ({ session_id, phone_number: phone, country: 'ZA' })
const text = (to: string, session_id = 's') => ({ session_id, to, country: 'ZA', message: `to ${to}` })

async function enter(code: Answer, phone: string): Promise<string> {
  return service.whatsApp.control.enterCode({
    code: code.body.pairing_code.replace('-', ''),
    phone: e164(phone),
  })
}

/** An account whose session `s` is connected, and sends faster than people do unless told otherwise. */
async function pairedAccount(
  settings: object = { ratePerSecond: 20 },
): Promise<{ account: Account; phone: string }> {
  const account = await newAccount()
  const phone = newPhone()
  const code = await account.pair(pairing(phone))
  expect(code.body).toMatchObject({ success: true })
  await enter(code, phone)
  await connected(account)
  const patched = await service.hermod.call('PATCH', `/sessions/${await account.sender()}`, {
    key: account.key,
    body: settings,
  })
  expect(patched.status).toBe(200)
  return { account, phone }
}

/** Waits by the native API, which has no limit of its own here. */
const connected = async (account: Account) => {
  await service.linkUntil(account.key, await account.sender(), 'connected')
  expect((await account.status('s')).body).toMatchObject({ connected: true, status: 'active' })
}

test('a number is paired by a code, sends, and each costs a credit', async () => {
  const account = await newAccount()
  const phone = newPhone()
  const code = await account.pair(pairing(phone, 'my/shop 🛍'))
  expect(code).toMatchObject({
    status: 200,
    body: {
      success: true,
      message: 'Pairing code issued. Enter it in WhatsApp → Linked Devices → Link with Phone Number.',
      pairing_code: expect.stringMatching(/^[A-Z1-9]{4}-[A-Z1-9]{4}$/),
      session_id: 'my/shop 🛍',
      phone_number: e164(phone),
      credits_remaining: 19,
    },
  })
  expect((await account.status('my/shop 🛍')).body).toMatchObject({
    connected: false,
    status: 'not_connected',
  })
  await enter(code, phone)
  await service.linkUntil(account.key, await account.sender(), 'connected')
  expect((await account.status('my/shop%20%F0%9F%9B%8D')).body).toMatchObject({
    connected: true,
    status: 'active',
  })
  const sent = await account.send(text('0825550001', 'my/shop 🛍'))
  expect(sent).toMatchObject({ status: 200 })
  expect(sent.body).toEqual({
    success: true,
    message: 'Message sent successfully.',
    to: '27825550001',
    session_id: 'my/shop 🛍',
    credits_remaining: 18,
  })
  expect(service.whatsApp.control.ledger.byRecipient('27825550001')).toHaveLength(1)
  expect(await account.ledger()).toEqual([-1, -1, 20])
})

describe('a pairing', () => {
  test('begun anew gives another code, and the old one is dead', async () => {
    const account = await newAccount()
    const phone = newPhone()
    const first = await account.pair(pairing(phone))
    const second = await account.pair(pairing(phone))
    expect(second.body).toMatchObject({ success: true, credits_remaining: 18 })
    expect(second.body.pairing_code).not.toBe(first.body.pairing_code)
    await expect(enter(first, phone)).rejects.toThrow(/code/)
    await enter(second, phone)
    await connected(account)
    expect(await account.ledger()).toEqual([-1, -1, 20])
  })

  test('of a connected session is refused, costs nothing, and never cuts its device', async () => {
    const { account } = await pairedAccount()
    const before = await account.balance()
    expectRefused(await account.pair(pairing(newPhone())), 409, /linked to a phone already/)
    expect(await account.balance()).toBe(before)
    expect((await account.send(text('0825550002'))).body).toMatchObject({ success: true })
  })

  test('without a code costs nothing', async () => {
    const account = await newAccount()
    service.whatsApp.control.rules.add({
      when: { on: 'register' },
      outcome: { kind: 'error', code: 503 },
    })
    const answer = await account.pair(pairing(newPhone()))
    service.whatsApp.control.rules.clear()
    expectRefused(answer, 503, /^The pairing could not begin/)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await account.ledger()).toEqual([20])
  })
})

describe('a send', () => {
  test('to a number that is not on WhatsApp is refused, and the credit is back', async () => {
    const { account } = await pairedAccount()
    const before = await account.balance()
    expectRefused(await account.send(text(nowhere)), 400, /^The number 27821000404 is not on WhatsApp/)
    expect(await account.balance()).toBe(before)
    expect((await account.ledger()).slice(0, 2)).toEqual([1, -1])
  })

  test('through a session that is not connected for good is refused at once', async () => {
    const account = await newAccount()
    expectRefused(await account.send(text('0825550003')), 409, /not connected\. Pair it again/)
    await account.pair(pairing(newPhone()))
    expectRefused(await account.send(text('0825550003')), 409, /not connected\. Pair it again/)
    const paired = await pairedAccount()
    const id = await paired.account.sender()
    await service.hermod.call('POST', `/sessions/${id}/disconnect`, { key: paired.account.key })
    expectRefused(await paired.account.send(text('0825550003')), 409, /disconnected.*connect/)
    expect(await paired.account.balance()).toBe(19)
    expect(service.whatsApp.control.ledger.byRecipient('27825550003')).toEqual([])
  })

  test('to one new person too many is not promised: the hour is told, and the credit is back', async () => {
    const { account } = await pairedAccount({ ratePerSecond: 20, settings: { newChatsPerDay: 1 } })
    await until(
      () => account.send(text('0825550004')),
      ({ status }) => status === 200,
    )
    const before = await account.balance()
    const answer = await account.send(text('0825550005'))
    expectRefused(
      answer,
      429,
      /as many new people as it may in 24 hours\. Send it again at \d{4}-\d\d-\d\d \d\d:\d\d UTC\./,
    )
    // The day of the first one has to pass.
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(23 * 3_600)
    expect(await account.balance()).toBe(before)
    expect((await account.send(text('0825550004'))).body).toMatchObject({ success: true })
    expect(service.whatsApp.control.ledger.byRecipient('27825550005')).toEqual([])
  })

  test('that its pace would hold back for too long is not promised either', async () => {
    const { account } = await pairedAccount({ ratePerSecond: 0.02 })
    // What goes at once is a few.
    const answers = []
    for (let n = 0; n < 6; n += 1) answers.push(await account.send(text(`08255501${10 + n}`)))
    const late = answers.find(({ status }) => status === 429)
    if (late === undefined) throw new Error('nothing had to wait')
    expectRefused(late, 429, /pace\. Send it again at/)
    const accepted = answers.filter(({ status }) => status === 200)
    expect(await account.balance()).toBe(19 - accepted.length)
  })

  test('while its device comes back by itself goes on, and is sent once', async () => {
    const { account, phone } = await pairedAccount()
    const { hermod, whatsApp } = service
    whatsApp.control.rules.add({
      when: { on: 'login', device: e164(phone) },
      outcome: { kind: 'error', code: 503 },
    })
    whatsApp.control.disconnect(e164(phone), { kind: 'drop' })
    await service.linkUntil(account.key, await account.sender(), 'disconnected')
    const answer = await account.send(text('0825550006'))
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        message: expect.stringMatching(/goes on/),
        to: '27825550006',
        credits_remaining: 18,
      },
    })
    whatsApp.control.rules.clear()
    const { body } = await hermod.call('GET', '/messages', { key: account.key })
    await hermod.messageUntil(account.key, body.data[0].id, ({ status }) => status === 'delivered')
    expect(whatsApp.control.ledger.byRecipient('27825550006')).toHaveLength(1)
  })
})

describe('a connect', () => {
  test('brings back what its owner disconnected, within a few seconds', async () => {
    const { account } = await pairedAccount()
    const id = await account.sender()
    await service.hermod.call('POST', `/sessions/${id}/disconnect`, { key: account.key })
    expect((await account.status('s')).body).toMatchObject({ connected: false, status: 'not_connected' })
    const answer = await account.connect({ session_id: 's' })
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, session_id: 's', connected: true, status: 'active' },
    })
    expect((await account.send(text('0825550007'))).body).toMatchObject({ success: true })
    expect(await account.balance()).toBe(18)
  })

  test('of what the phone logged out says that it has to be paired again, and it can be', async () => {
    const { account, phone } = await pairedAccount()
    const id = await account.sender()
    service.whatsApp.control.logOut(e164(phone))
    await service.linkUntil(account.key, id, 'logged_out')
    expectRefused(
      await account.connect({ session_id: 's' }),
      409,
      /Pair it again with POST \/api\/whatsapp\/pair/,
    )
    expectRefused(await account.send(text('0825550008')), 409, /Pair it again/)
    const code = await account.pair(pairing(phone))
    await enter(code, phone)
    await connected(account)
    expect(await account.sender()).toBe(id)
  })

  test('of what was never paired says the same', async () => {
    expectRefused(await (await newAccount()).connect({ session_id: 's' }), 409, /Pair it again/)
  })
})

describe('without credits', () => {
  const spend = async (account: Account, left: number) => {
    const accountId = (await service.hermod.call('GET', '/auth/me', { key: account.key })).body.data.id
    const amount = left - (await account.balance())
    await topUpCredits(service.hermod.service.ctx, { accountId, amount, note: 'test', reference: null })
  }

  test('nothing is paired and no session is made, and the answer says whom to ask', async () => {
    const account = await newAccount()
    await spend(account, 0)
    expectRefused(await account.pair(pairing(newPhone())), 402, /^Insufficient credits\. Ask the operator/)
    const { body } = await service.hermod.call('GET', '/sessions', { key: account.key })
    expect(body.data).toHaveLength(1)
  })

  test('nothing is sent; and of many sends at once as many go as are paid', async () => {
    const { account } = await pairedAccount()
    await spend(account, 3)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => account.send(text(`08255502${10 + n}`))),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 200, 402, 402, 402, 402, 402,
    ])
    expect(await account.balance()).toBe(0)
    for (const { body } of answers.filter(({ status }) => status === 200)) {
      expect(Number.isInteger(body.credits_remaining)).toBe(true)
    }
  })
})
