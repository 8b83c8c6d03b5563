import { expect } from 'vitest'
import type { Answer, TestService } from '../../../support/service.ts'

export const prefix = '/api/v1/connect-hub/whatsapp'

/** A client as its owner writes one: both headers on every request. */
export interface HubClient {
  key: string
  headers: Record<string, string>
  send(body: unknown): Promise<Answer>
  /** Sends, and gives the uuid of the message. */
  sent(to: string, text: string): Promise<string>
  record(uuid: string): Promise<Answer>
  list(body?: unknown): Promise<Answer>
}

/** A client with a new account, or of the account of a key. */
export async function hubClient(
  hermod: TestService,
  { key: given, mode = 'live' }: { key?: string; mode?: 'live' | 'test' } = {},
): Promise<HubClient> {
  const owner = given ?? (await hermod.register())
  const { id } = (await hermod.call('GET', '/auth/me', { key: owner })).body.data
  const key = mode === 'live' ? owner : await testKey(hermod, owner)
  const headers = { 'x-api-key': key, 'x-account-id': String(id) }
  const call = (method: string, path: string, body?: unknown) =>
    hermod.call(method, `${prefix}${path}`, { headers, ...(body !== undefined && { body }) })
  const send = (body: unknown) => call('POST', '/otp', body)
  return {
    key,
    headers,
    send,
    async sent(to, text) {
      const answer = await send({ to, text })
      expect([answer.status, answer.body]).toEqual([200, { uuid: expect.any(String), to }])
      return answer.body.uuid
    },
    record: (uuid) => call('GET', `/${uuid}/wdr`),
    list: (body) => call('POST', '/wdr', body),
  }
}

async function testKey(hermod: TestService, key: string): Promise<string> {
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'test', mode: 'test' } })
  expect(made.status).toBe(201)
  return made.body.data.apiKey
}

/** Every refusal has this shape and no other field. */
export function expectRefused({ status, body }: Answer, wanted: number, message: RegExp): void {
  expect([status, body]).toEqual([
    wanted,
    { error: expect.stringMatching(/^[A-Z]/), message: expect.stringMatching(message) },
  ])
}
