import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'
import {
  expectRefused,
  newApp,
  startCallbackServer,
  versions,
  type App,
  type CallbackServer,
} from './client.ts'

let hermod: TestService
let app: App
let server: CallbackServer
beforeAll(async () => {
  hermod = await startTestService()
  app = await newApp(hermod)
  server = await startCallbackServer()
})
afterAll(async () => {
  await server.close()
  await hermod.stop()
})

const sends = [
  ['6282123060002', 400, 'Validation error'],
  ['6282123060003', 401, 'Authorization failed'],
  ['6282123060004', 403, 'Quota insufficient'],
  ['6282123060005', 409, 'Msisdn invalid: msisdn has been blocked'],
  ['6282123060006', 429, 'Too many request in the allowed time frame'],
  ['6282123060007', 400, 'Invalid Scenario'],
  ['6281234567890', 400, 'Invalid Scenario'],
  ['anything', 400, 'Invalid Scenario'],
] as const

const checks = [
  ['6282123060008', 404, 'OTP not found'],
  ['6282123060009', 422, 'OTP cannot be verified because Time limit exceeded'],
  ['6282123060001', 400, 'Invalid Scenario'],
  ['6281234567890', 400, 'Invalid Scenario'],
] as const

describe.each(versions)('%s', (version) => {
  test('number 1 is the success, followed by callbacks 1, 2 and 3 with the query kept', async () => {
    const callback_url = `${server.url}/callback?app=${version}&app=two`
    const body = { msisdn: '6282123060001', content: ['Registration'], callback_url }
    const answer = await app.ask('send/sandbox', body, version)
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        message: 'OTP sent successfully',
        code: 201,
        status: 201,
        msisdn: '6282123060001',
        session_id: expect.any(String),
        try_count: 1,
      },
    ])
    const id = answer.body.session_id
    expect(await server.statusesOf(id, [1, 2, 3])).toEqual([1, 2, 3])
    expect(server.calls).toContain(`GET /callback?app=${version}&app=two&session_id=${id}&status=1`)
  })

  test.each(sends)('a send to %s is %i %s, and no callback follows', async (msisdn, status, message) => {
    const callback_url = `${server.url}/refused`
    const answer = await app.ask('send/sandbox', { msisdn, content: ['x'], callback_url }, version)
    expectRefused(answer, status, message)
    expect(server.calls.filter((call) => call.includes('/refused'))).toEqual([])
  })

  test('a check of number 7 is the success', async () => {
    const answer = await app.ask('verify/sandbox', { msisdn: '6282123060007', otp: '123456' }, version)
    expect([answer.status, answer.body.message]).toEqual([200, 'OTP has been verified'])
  })

  test.each(checks)('a check of %s is %i %s', async (msisdn, status, message) => {
    expectRefused(await app.ask('verify/sandbox', { msisdn, otp: 123456 }, version), status, message)
  })
})

const success = { msisdn: '6282123060001', content: ['Registration'] }

test.each([
  ['a text', { msisdn: '6282123060001' }],
  ['a number', { msisdn: 6_282_123_060_001 }],
  ['a list of one', { msisdn: ['6282123060001'] }],
  ['with a plus', { msisdn: '+62 821-2306-0001' }],
  ['content as a text', { content: 'Registration' }],
  ['a life as a number', { time_limit: 300 }],
  ['a life as a text', { time_limit: '300' }],
  ['a length as a text', { otp_length: '5' }],
  ['a code as a number', { otp: 123_456 }],
  ['nulls and empty texts', { otp: null, otp_length: '', challenge: null, callback_url: '' }],
  ['fields that nobody knows', { channel: 'whatsapp' }],
])('what clients send is taken: %s', async (_name, fields) => {
  expect((await app.ask('send/sandbox', { ...success, ...fields })).status).toBe(201)
})

test.each([
  ['no content', { content: undefined }, /^Validation error: content is required/],
  ['content that is empty', { content: [] }, /content is required/],
  ['no msisdn', { msisdn: undefined }, /msisdn is required/],
  ['two numbers', { msisdn: ['6282123060001', '6282123060002'] }, /msisdn must be one phone number/],
  ['a code and a length', { otp: '123456', otp_length: '6' }, /otp_length cannot be given together with otp/],
  ['a length of 3', { otp_length: 3 }, /otp_length must be a whole number from 4 to 10/],
  ['a code of 3', { otp: '123' }, /otp must have 4 to 15/],
  ['a life in words', { time_limit: 'soon' }, /time_limit must be a number/],
  ['a callback to a file', { callback_url: 'file:///etc/passwd' }, /callback_url must be a URL/],
])('a send with %s is a 400 that says so', async (_name, fields, message) => {
  expectRefused(await app.ask('send/sandbox', { ...success, ...fields }), 400, message)
})

test('a callback into the network of the service is refused', async () => {
  const callback_url = 'http://169.254.169.254/latest'
  expectRefused(await app.ask('send/sandbox', { ...success, callback_url }), 400, /callback_url/)
})
