import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { until, type Answer, type TestService } from '../../../support/service.ts'

export const versions = ['v1', 'v2'] as const
export type Version = (typeof versions)[number]
type Path = 'send' | 'verify' | 'send/sandbox' | 'verify/sandbox'

/** An app of this API: an account and one of its keys. */
export interface App {
  accountId: string
  key: string
  /** Every answer is JSON with `message`, `code` and `status`, which is asserted each time. */
  ask(path: Path, body: unknown, version?: Version): Promise<Answer>
}

export function appOf(hermod: TestService, { accountId, key }: { accountId: string; key: string }): App {
  return {
    accountId,
    key,
    ask: async (path, body, version = 'v1') =>
      expectShape(
        await hermod.call('POST', `/${version}/whatsapp/otp/${path}`, {
          headers: { 'App-ID': accountId, 'API-Key': key },
          body,
        }),
      ),
  }
}

/** The id of the account that a key belongs to. */
export async function accountOf(hermod: TestService, key: string): Promise<string> {
  return (await hermod.call('GET', '/auth/me', { key })).body.data.id
}

/** A new account, with a key of the mode that is asked for. */
export async function newApp(hermod: TestService, mode: 'live' | 'test' = 'test'): Promise<App> {
  const key = await hermod.register()
  const accountId = await accountOf(hermod, key)
  if (mode === 'live') return appOf(hermod, { accountId, key })
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'test', mode } })
  return appOf(hermod, { accountId, key: made.body.data.apiKey })
}

export function expectShape(answer: Answer): Answer {
  const { status, body } = answer
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect({ status, body }).toMatchObject({
    status,
    body: { message: expect.stringMatching(/^\S/), code: status, status },
  })
  if (status >= 300) expect(Object.keys(body).toSorted()).toEqual(['code', 'message', 'status'])
  return answer
}

export function expectRefused(answer: Answer, status: number, message: string | RegExp): void {
  const wanted = typeof message === 'string' ? message : expect.stringMatching(message)
  expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message: wanted })
}

let numbers = 0
/** A number that nobody else uses, in a prefix of its own. */
export function newNumber(): string {
  numbers += 1
  return `62812${String(10_000_000 + numbers * 10_000 + 11)}`
}

/** The text that the sandbox pretended to deliver to a number last. */
export async function textTo(hermod: TestService, { key }: App, to: string): Promise<string> {
  const { body: list } = await hermod.call('GET', `/messages?to=${to}`, { key })
  // Lists show dots.
  return (await hermod.call('GET', `/messages/${list.data[0].id}`, { key })).body.data.body
}

/** A server that is called back, and the calls to it as `METHOD /path?query`. */
export interface CallbackServer {
  url: string
  calls: string[]
  /** Resolves with the statuses that a session was told, when these came. */
  statusesOf(sessionId: string, wanted: readonly number[]): Promise<number[]>
  close(): Promise<void>
}

export async function startCallbackServer(): Promise<CallbackServer> {
  const calls: string[] = []
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => response.end('ok'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const told = (sessionId: string) =>
    calls
      .map((call) => new URL(call.split(' ')[1] ?? '', 'http://x').searchParams)
      .filter((query) => query.get('session_id') === sessionId)
      .map((query) => Number(query.get('status')))
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    statusesOf: (sessionId, wanted) =>
      until(
        () => told(sessionId),
        (found) => wanted.every((status) => found.includes(status)),
        `callbacks ${wanted.join(', ')} of ${sessionId}`,
      ),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
