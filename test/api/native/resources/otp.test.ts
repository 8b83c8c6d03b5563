import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

let numbers = 0
/** A number that nobody else uses, in a prefix of its own. */
function newNumber(): string {
  numbers += 1
  return `1415${String(2_000_000 + numbers * 10_000 + 11)}`
}

interface Sent {
  id: string
  messageId: string
  [field: string]: unknown
}

async function send(key: string, body: Record<string, unknown>): Promise<Sent> {
  const answer = await service.call('POST', '/otp', { key, body: { session: 'sandbox', ...body } })
  expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ success: true })])
  return answer.body.data
}

/** The code as the person reads it: the sandbox shows the message. */
async function codeIn(key: string, { messageId }: Sent): Promise<string> {
  const message = await service.call('GET', `/messages/${messageId}`, { key })
  return String(message.body.data.body).split('\n')[0] ?? ''
}

const verify = (key: string, body: Record<string, unknown>) =>
  service.call('POST', '/otp/verify', { key, body })

/** Another code of the same length. */
const wrong = (code: string): string =>
  String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')

describe('sending and checking', () => {
  test('a code that was sent is verified once, and the sandbox shows it', async () => {
    const key = await service.register()
    const to = newNumber()
    const sent = await send(key, { to: `+${to}` })
    expect(sent).toEqual({
      id: expect.any(String),
      to,
      status: 'pending',
      channel: 'sandbox',
      session: expect.any(String),
      locale: 'en',
      expiresAt: expect.any(String),
      expiresInSeconds: 300,
      resendAfterSeconds: 30,
      sendsLeft: 4,
      messageId: expect.any(String),
      resent: false,
      test: false,
      warnings: [],
    })
    const code = await codeIn(key, sent)
    expect(code).toMatch(/^\d{6}$/)
    expect((await verify(key, { to, code: wrong(code) })).body.data).toEqual({
      id: sent.id,
      valid: false,
      status: 'pending',
      reason: 'invalid',
      attemptsLeft: 4,
    })
    expect((await verify(key, { to, code: `${code.slice(0, 3)} ${code.slice(3)}` })).body.data).toEqual({
      id: sent.id,
      valid: true,
      status: 'verified',
      attemptsLeft: 3,
    })
    const again = await verify(key, { id: sent.id, code })
    expect(again.body.data).toEqual(
      expect.objectContaining({ valid: false, status: 'verified', reason: 'already_used', attemptsLeft: 0 }),
    )
  })
})
