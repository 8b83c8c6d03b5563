import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/db/embedded/port.ts'
import { startTestService, until, type TestService } from '../support/service.ts'

const house = fileURLToPath(new URL('../..', import.meta.url))

let hermod: TestService
let bot: ChildProcess | undefined
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(async () => {
  bot?.kill()
  await hermod.stop()
})

test('the bot of the guide holds a conversation with a customer of the sandbox', async () => {
  const key = await hermod.register()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/bot`
  const endpoint = await hermod.call('POST', '/webhook-endpoints', {
    key,
    body: { url, events: ['message.received'] },
  })
  bot = await startBot({
    HERMOD_KEY: key,
    HERMOD_WEBHOOK_SECRET: endpoint.body.data.secret,
    PORT: String(port),
  })

  const said = await hermod.call('POST', '/sessions/sandbox/inbound', {
    key,
    body: { from: '14155552671', profileName: 'Sarah', message: 'Hi!' },
  })
  expect(said.status).toBe(201)
  const conversation = await until(
    async () => (await hermod.call('GET', '/messages?with=14155552671&order=asc', { key })).body.data,
    (messages) => messages.length === 4 && messages[3].status === 'read',
    'the conversation',
  )
  const lines = conversation.map(({ direction, body }: { direction: string; body: string }) => [
    direction,
    body,
  ])
  expect(lines).toEqual([
    ['inbound', 'Hi!'],
    ['outbound', 'Hello! How can I help?'],
    ['inbound', 'Opening hours'],
    ['outbound', 'We are open from 9 to 5.'],
  ])
  expect((await hermod.call('GET', '/contacts', { key })).body.data).toMatchObject([
    { address: '14155552671', open: true, lastMessage: { body: 'We are open from 9 to 5.' } },
  ])
})

/** Runs the program of the guide as it stands, and waits until it listens. */
async function startBot(env: Record<string, string>): Promise<ChildProcess> {
  const guide = await readFile(`${house}/docs/guide/05-bot.md`, 'utf8')
  const [, program = ''] = /```javascript\n([\s\S]*?)```/.exec(guide) ?? []
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', program.replaceAll('{base}', hermod.url)],
    {
      cwd: house,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  await until(
    () =>
      fetch(`http://127.0.0.1:${env['PORT']}`, { method: 'POST' }).then(
        ({ status }) => status,
        () => null,
      ),
    (status) => status === 401,
    'the bot',
  )
  return child
}
