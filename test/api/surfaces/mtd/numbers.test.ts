import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'
import { expectRefused, mtdClient, newKey, prefix, type MtdClient } from './client.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

/** A client of a new account, whose session is a sandbox. */
async function sandbox(): Promise<MtdClient> {
  const client = mtdClient(hermod, await newKey(hermod, 'test'))
  const answer = await client.pair({ session_id: 's', phone_number: '0821234567', country: 'ZA' })
  expect(answer.status).toBe(200)
  return client
}

const send = (client: MtdClient, to: unknown, country: unknown): Promise<Answer> =>
  client.send({ session_id: 's', to, country, message: 'Hi' })

describe('a number is taken as people type it, and answered as digits:', () => {
  test.each([
    ['0821234567', 'ZA', '27821234567'],
    ['821234567', 'ZA', '27821234567'],
    ['27821234567', 'ZA', '27821234567'],
    ['+27821234567', 'ZA', '27821234567'],
    ['0027821234567', 'ZA', '27821234567'],
    ['+27 (0)82 123-4567', 'ZA', '27821234567'],
    ['27 082 123 4567', 'ZA', '27821234567'],
    [' ０８２ 123 4567 ', 'ZA', '27821234567'],
    ['0731234567', 'SA', '27731234567'],
    ['0731234567', ' sa ', '27731234567'],
    [821234567, 'ZA', '27821234567'],
    [27821234567, 'ZA', '27821234567'],
    // Nine digits that begin like the dial code are no dial code.
    ['271234567', 'ZA', '27271234567'],
    ['08012345678', 'NG', '2348012345678'],
    ['+2348012345678', 'NG', '2348012345678'],
    ['2348012345678', 'NG', '2348012345678'],
    ['09876543210', 'IN', '919876543210'],
    ['9123456789', 'IN', '919123456789'],
    ['919123456789', 'IN', '919123456789'],
    ['09171234567', 'PH', '639171234567'],
    ['639171234567', 'PH', '639171234567'],
    ['2125551234', 'US', '12125551234'],
    ['12125551234', 'US', '12125551234'],
    ['+1 (212) 555-1234', 'US', '12125551234'],
    ['4165551234', 'CA', '14165551234'],
    ['+14165551234', 'ca', '14165551234'],
  ])('%s in %s', async (typed, country, digits) => {
    const client = await sandbox()
    expect((await send(client, typed, country)).body).toMatchObject({ success: true, to: digits })
    expect((await client.pair({ session_id: 's', phone_number: typed, country })).body).toMatchObject({
      success: true,
      phone_number: digits,
    })
  })

  test.each([
    ['07911 123456', 'GB', '447911123456'],
    ['+44 (0)7911 123456', 'gb', '447911123456'],
    ['0151 23456789', 'DE', '4915123456789'],
    ['4915123456789', 'DE', '4915123456789'],
    ['11 99999-0001', 'BR', '5511999990001'],
    ['5511999990001', 'BR', '5511999990001'],
    ['55 99999-0001', 'BR', '5555999990001'],
    ['447911123456', 'GB', '447911123456'],
    ['0501234567', 'SAU', '966501234567'],
    ['0712 345678', 'KE', '254712345678'],
  ])('%s in %s, which the reference does not list', async (typed, country, digits) => {
    expect((await send(await sandbox(), typed, country)).body).toMatchObject({ success: true, to: digits })
  })
})

describe('a number that does not fit its country is refused:', () => {
  test.each([
    ['082123456', 'ZA', /^Phone number must be 9 digits/],
    ['08212345678', 'ZA', /^Phone number must be 9 digits/],
    ['2782123456', 'ZA', /^Phone number must be 9 digits/],
    ['0082123456', 'ZA', /dial code/],
    ['0801234567', 'NG', /^Phone number must be 10 digits/],
    ['987654321', 'IN', /^Phone number must be 10 digits/],
    ['917123456', 'PH', /^Phone number must be 10 digits/],
    ['555123', 'US', /^Phone number must be 10 digits/],
    ['0125551234', 'US', /^Phone number must be 10 digits/],
    ['+2348012345678', 'ZA', /does not begin with \+27/],
    ['+27821234567', 'US', /does not begin with \+1/],
    // Saudi Arabia's number, with the code that means South Africa here.
    ['+966501234567', 'SA', /does not begin with \+27/],
    ['+27821234567', 'GB', /does not begin with \+44/],
    ['123', 'GB', /not one of United Kingdom/],
    ['hello', 'ZA', /must be digits/],
    ['+27 82 123 4567 ext. 9', 'ZA', /must be digits/],
    ['27821234567@s.whatsapp.net', 'ZA', /must be digits/],
    ['US.13491208655302741918', 'US', /must be digits/],
    ['', 'ZA', /^to must not be empty/],
    // Null is a field that was left out.
    [null, 'ZA', /^to is required/],
    [undefined, 'ZA', /^to is required/],
    [{ a: 1 }, 'ZA', /^to must be a text/],
    [-5, 'ZA', /must be 9 digits/],
    ['0821234567', 'XX', /^Unsupported country code/],
    ['0821234567', 'South Africa', /^Unsupported country code/],
    ['0821234567', '__proto__', /^Unsupported country code/],
    ['0821234567', undefined, /^country is required/],
    ['0821234567', '', /^country must not be empty/],
  ])('%s in %s', async (typed, country, message) => {
    const client = mtdClient(hermod, await newKey(hermod, 'test'))
    expectRefused(await send(client, typed, country), 400, message)
  })
})

describe('the countries', () => {
  const listed = async () => {
    const answer = await hermod.call('GET', `${prefix}/countries`)
    expect(answer).toMatchObject({ status: 200, body: { success: true, message: expect.any(String) } })
    expect(answer.headers.get('cache-control')).toMatch(/public, max-age=\d{4}/)
    return answer.body.countries as Record<string, unknown>[]
  }

  test('need no key, are cacheable, and begin with those of the reference as they stand there', async () => {
    const southAfrica = { country: 'South Africa', dial_code: '+27', local_digits: 9, example: '0821234567' }
    const america = {
      country: 'United States/Canada',
      dial_code: '+1',
      local_digits: 10,
      example: '2125551234',
    }
    expect((await listed()).slice(0, 7)).toEqual([
      { code: 'ZA', ...southAfrica },
      { code: 'SA', ...southAfrica },
      { code: 'NG', country: 'Nigeria', dial_code: '+234', local_digits: 10, example: '08012345678' },
      { code: 'IN', country: 'India', dial_code: '+91', local_digits: 10, example: '09876543210' },
      { code: 'PH', country: 'Philippines', dial_code: '+63', local_digits: 10, example: '09171234567' },
      { code: 'US', ...america },
      { code: 'CA', ...america },
    ])
  })

  test('have each code once, and an example that is taken', async () => {
    const all = await listed()
    const codes = all.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.length).toBeGreaterThan(200)
    const account = mtdClient(hermod, await newKey(hermod, 'test'))
    for (const { code, example } of all.filter(({ code: one }) =>
      ['GB', 'DE', 'FR', 'BR', 'SAU'].includes(String(one)),
    )) {
      // Nothing is paired, which is found out after the number was read.
      expectRefused(await send(account, example, code), 409, /not connected/)
    }
  })

  test('have no limit', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => hermod.call('GET', `${prefix}/countries`)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })
})
