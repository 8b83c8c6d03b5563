import { expect } from 'vitest'
import type { Answer, TestService } from '../../../support/service.ts'

export const prefix = '/api/whatsapp'

/** How a client of MTD's asks. */
export interface MtdClient {
  pair(body: unknown): Promise<Answer>
  send(body: unknown): Promise<Answer>
  connect(body: unknown): Promise<Answer>
  /** `path` follows `/status/` as it is. */
  status(path: string): Promise<Answer>
}

/** A client with a key. Every answer is JSON with `success` and `message`, which is asserted each time. */
export function mtdClient(hermod: TestService, key: string): MtdClient {
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    expectShape(
      await hermod.call(method, `${prefix}${path}`, {
        headers: { 'X-API-KEY': key, 'User-Agent': 'MyApp/1.0', Referer: 'https://myapp.com' },
        ...(body !== undefined && { body }),
      }),
    )
  return {
    pair: (body) => ask('POST', '/pair', body),
    send: (body) => ask('POST', '/send', body),
    connect: (body) => ask('POST', '/connect', body),
    status: (path) => ask('GET', `/status/${path}`),
  }
}

/** Asserts the shape that all answers have, and that a refusal is no server error. */
export function expectShape(answer: Answer): Answer {
  const { status, body } = answer
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect({ status, body }).toMatchObject({
    status,
    body: { success: status < 300, message: expect.stringMatching(/\S/) },
  })
  if (status >= 300) expect(Object.keys(body).toSorted()).toEqual(['message', 'success'])
  return answer
}

/** Asserts a refusal whose message says so. */
export function expectRefused(answer: Answer, status: number, message: string | RegExp): void {
  expect({ status: answer.status, message: answer.body.message }).toEqual({
    status,
    message: expect.stringMatching(message),
  })
}

/** A key of a new account, of the mode that is asked for. */
export async function newKey(hermod: TestService, mode: 'live' | 'test' = 'live'): Promise<string> {
  const key = await hermod.register()
  if (mode === 'live') return key
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'test', mode } })
  return made.body.data.apiKey
}
