import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import axios from 'axios'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startDeviceService, type DeviceService } from '../../../support/linked-device/devices.ts'
import { until } from '../../../support/service.ts'
import { newKey } from './client.ts'

/** The programs of the reference, in their habits, with the base URL and the key changed. */

const run = promisify(execFile)
const nowhere = '0820000404'
let service: DeviceService
beforeAll(async () => {
  service = await startDeviceService({
    env: { CREDITS: 'enforced', CREDITS_START: '50' },
    whatsApp: { notOnWhatsApp: ['27820000404'] },
  })
})
afterAll(() => service.stop())

/** The texts that somebody got, as their phone shows them. */
const textsOf = (digits: string): string =>
  JSON.stringify(service.whatsApp.control.ledger.byRecipient(digits).map(({ content }) => content))

/** Node.js: pair and send in one script. */
function node(key: string) {
  const BASE_URL = service.hermod.url
  const headers = {
    'X-API-KEY': key,
    'User-Agent': 'MyApp/1.0',
    Referer: 'https://myapp.com',
    'Content-Type': 'application/json',
  }
  return {
    async pairNumber(sessionId: string, phoneNumber: string, country: string) {
      const res = await axios.post(
        `${BASE_URL}/api/whatsapp/pair`,
        { session_id: sessionId, phone_number: phoneNumber, country },
        { headers, timeout: 30_000 },
      )
      return res.data
    },
    async checkStatus(sessionId: string) {
      const res = await axios.get(`${BASE_URL}/api/whatsapp/status/${sessionId}`, {
        headers,
        timeout: 15_000,
      })
      return res.data.connected
    },
    async sendMessage(sessionId: string, to: string, country: string, message: string) {
      const res = await axios.post(
        `${BASE_URL}/api/whatsapp/send`,
        { session_id: sessionId, to, country, message },
        { headers, timeout: 30_000 },
      )
      return res.data
    },
  }
}

/** Pairs as the script does, while somebody types the code on the phone. Resolves with the account's key. */
async function pair(session: string, phone: string): Promise<{ key: string; credits: number }> {
  const key = await newKey(service.hermod)
  const client = node(key)
  const answer = await client.pairNumber(session, phone, 'ZA')
  expect(answer.success).toBe(true)
  const digits = `27${phone.slice(1)}`
  await service.whatsApp.control.enterCode({ code: answer.pairing_code.replace('-', ''), phone: digits })
  const { body } = await service.hermod.call('GET', '/sessions', { key })
  await service.linkUntil(key, body.data[0].id, 'connected')
  return { key, credits: answer.credits_remaining }
}

describe('JavaScript with axios', () => {
  test('pairs, asks for the status and sends', async () => {
    const { key, credits } = await pair('my-app-session', '0824440001')
    expect(credits).toBe(49)
    const client = node(key)
    expect(await client.checkStatus('my-app-session')).toBe(true)
    const message =
      'Welcome to MyApp! 🎉\n\nClick the link below to verify your account:\n\n' +
      'https://myapp.com/verify?token=abc123xyz\n\nThis link expires in 24 hours.'
    expect(await client.sendMessage('my-app-session', '0761234567', 'ZA', message)).toMatchObject({
      success: true,
      to: '27761234567',
      credits_remaining: 48,
    })
    expect(textsOf('27761234567')).toContain('token=abc123xyz')
  })

  test('reads what went wrong from the body of a refusal', async () => {
    const client = node('sk_live_wrong')
    const failed = async (act: Promise<unknown>): Promise<unknown> =>
      act.then(
        () => null,
        (error: unknown) => (axios.isAxiosError(error) ? error.response?.data.message : error),
      )
    expect(await failed(client.checkStatus('my-app-session'))).toMatch(/Invalid API key/)
    const key = await newKey(service.hermod)
    expect(await failed(node(key).sendMessage('unknown', '0761234567', 'ZA', 'Hi'))).toMatch(/not connected/)
  })
})

const hasPython = spawnSync('python3', ['-c', 'import requests']).status === 0
if (!hasPython) console.warn('*** Python’s requests is not installed: the Python client is not tested. ***')

test.skipIf(!hasPython)('Python with requests sends codes and orders, and learns what failed', async () => {
  const { key } = await pair('standby-store', '0824440002')
  const { stdout } = await run('python3', [fileURLToPath(new URL('clients/otp.py', import.meta.url))], {
    env: {
      ...process.env,
      BASE: service.hermod.url,
      KEY: key,
      SESSION: 'standby-store',
      TO: '082 123 4567',
      NOWHERE: nowhere,
    },
    timeout: 60_000,
  })
  expect(stdout.trim().split('\n')).toEqual([
    '[OTP] Sent to 27821234567. Credits left: 48',
    'verified',
    '[WhatsApp] Notification sent to 27821234567',
    expect.stringMatching(/^\[OTP\] Failed: The number 27820000404 is not on WhatsApp/),
  ])
  expect(textsOf('27821234567')).toContain('Total: R849.00')
})

/** The first program of the guide in a language, as it is shown to whoever reads it here. */
async function guideSample(language: string): Promise<string> {
  const { body } = await service.hermod.call('GET', '/llms.txt')
  const section = String(body).split('\n## Coming from MTD')[1] ?? ''
  const [, sample] = new RegExp('```' + language + '\\n([\\s\\S]+?)\\n```').exec(section) ?? []
  if (sample === undefined) throw new Error(`the guide has no program in ${language}`)
  return sample
}

describe('the guide’s program', () => {
  const session = 'my-business-account'

  test.skipIf(!hasPython)('in Python sends a code', async () => {
    const { key } = await pair(session, '0824440004')
    const { stdout } = await run('python3', ['-c', await guideSample('python')], {
      env: { ...process.env, HERMOD_KEY: key },
      timeout: 60_000,
    })
    expect(stdout).toBe('[OTP] Sent to 27821234567. Credits left: 48\n')
  })

  test('in JavaScript pairs a number, while somebody types the code, and sends', async () => {
    const key = await newKey(service.hermod)
    const program = spawn('node', ['--input-type=module', '--eval', await guideSample('javascript')], {
      env: { ...process.env, HERMOD_KEY: key },
    })
    let output = ''
    program.stdout.on('data', (some: Buffer) => void (output += some.toString()))
    program.stderr.on('data', (some: Buffer) => void (output += some.toString()))
    const ended = once(program, 'exit')
    await until(
      () => output,
      (text) => /Enter \S{9} in WhatsApp/.test(text),
    )
    const code = /Enter (\S{4})-(\S{4})/.exec(output)?.slice(1).join('') ?? ''
    await service.whatsApp.control.enterCode({ code, phone: '27821234567' })
    await ended
    expect(output).toContain('Sent to 27761234567. Credits left: 48')
  })
})

/** The struct that the reference's Rust reads every answer into: a field without `Option` must be there. */
const integer = z
  .int()
  .min(-(2 ** 53))
  .max(2 ** 53)
const rust = z.object({
  success: z.boolean(),
  message: z.string(),
  to: z.string().nullish(),
  pairing_code: z.string().nullish(),
  credits_remaining: integer.nullish(),
  connected: z.boolean().nullish(),
})

test('Rust can read every answer into its struct, and takes the same way', async () => {
  const phone = '0824440003'
  const session = 'rust-app-session'
  const { key } = await pair(session, phone)
  const headers = { 'X-API-KEY': key, 'User-Agent': 'RustApp/1.0', Referer: 'https://myrustapp.com' }
  const read = async (method: string, path: string, body?: unknown) => {
    const answer = await service.hermod.call(method, `/api/whatsapp${path}`, {
      headers,
      ...(body !== undefined && { body }),
    })
    return rust.parse(answer.body)
  }
  const text = (to: string) => ({
    session_id: session,
    to,
    country: 'ZA',
    message: '🔐 Your verification code is: *847291*\n\nExpires in 5 minutes. Do not share this code.',
  })
  expect(await read('GET', `/status/${session}`)).toMatchObject({ success: true, connected: true })
  expect(await read('POST', '/send', text('0821234569'))).toMatchObject({
    success: true,
    to: '27821234569',
    credits_remaining: 48,
  })
  for (const [method, path, body] of [
    ['POST', '/send', text(nowhere)],
    ['POST', '/send', {}],
    ['POST', '/pair', { session_id: session, phone_number: phone, country: 'ZA' }],
    ['POST', '/connect', { session_id: 'unknown' }],
    ['GET', '/nothing', undefined],
  ] as const) {
    expect(await read(method, path, body)).toMatchObject({
      success: false,
      message: expect.stringMatching(/\S/),
    })
  }
  expect(await read('POST', '/connect', { session_id: session })).toMatchObject({
    success: true,
    connected: true,
  })
  expect(await read('GET', '/status/unknown')).toMatchObject({ success: true, connected: false })
  expect(await read('GET', '/countries')).toMatchObject({ success: true })
})
