import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startTestService } from '../../support/service.ts'

test('a request that comes while the service stops is refused in the shape of every refusal', async () => {
  const hermod = await startTestService()
  const { hostname, port } = new URL(hermod.url)
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(text)
    return socket
  }
  // Both have begun: one waits for its body and keeps the server, the other has not told its path yet.
  const busy = await open(
    'POST /auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n{',
  )
  const late = await open('GET /healthz HT')
  await hermod.call('GET', '/healthz')

  const stopped = hermod.stop()
  await expect.poll(() => hermod.call('GET', '/healthz').catch(() => null)).toBeNull()
  late.write('TP/1.1\r\nHost: x\r\n\r\n')
  const answer = await textOf(late)
  busy.destroy()
  await stopped

  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect(answer).toMatch(/\r\nretry-after: 1\r\n/i)
  expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
  expect(body).toMatchObject({ success: false, code: 'unavailable', requestId: expect.any(String) })
})

async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
