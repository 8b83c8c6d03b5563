import { createServer } from 'node:http'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { discard } from '../../../src/kit/net/discard.ts'
import { closeServer, listen } from '../../fakes/http.ts'

test('an answer whose body nobody reads ends no process when it is given up', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-length': 1 }).end('x')
  })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => closeServer(server))
  const { body } = await request(`http://127.0.0.1:${port}/`)
  const closed = new Promise((resolve) => body.once('close', resolve))
  discard(body)
  // The error that comes now would fail the run if nobody listened to it.
  await closed
  expect(body.errored).toMatchObject({ name: 'AbortError' })
})
