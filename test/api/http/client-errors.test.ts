import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

/** Sends bytes as they are, and reads what comes back until the server hangs up. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(hermod.url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

test.each([
  [
    'headers that are too large',
    `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
  ['what is no HTTP', 'hello there\r\n\r\n', 400, 'bad_request'],
  [
    'two lengths',
    'POST /send-message HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    400,
    'bad_request',
  ],
])('%s are refused in the shape of every refusal', async (_what, bytes, status, code) => {
  const answer = await exchange(bytes)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  expect(JSON.parse(body)).toEqual({
    success: false,
    error: expect.any(String),
    code,
    requestId: expect.any(String),
  })
})
