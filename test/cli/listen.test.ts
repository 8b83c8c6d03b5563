import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../src/db/embedded/port.ts'
import { newWebhookSecret, signWebhook } from '../../src/kit/crypto/standard-webhooks.ts'
import { startWebhookReceiver } from '../fakes/webhook-receiver/server.ts'
import { startProgram, type Program } from '../support/program.ts'
import { connectSender } from '../support/senders.ts'
import { startTestService, until } from '../support/service.ts'

const body = JSON.stringify({
  type: 'message.delivered',
  timestamp: '2026-03-28T10:00:04.000Z',
  data: { messageId: 'm-1', status: 'delivered', to: '14155552671' },
})

/** A listener in a process of its own. */
async function listener(...args: string[]): Promise<{ program: Program; url: string }> {
  const program = startProgram('listen', args)
  const url = await until(
    () => (program.isRunning() ? /Listening {2}(\S+)/.exec(program.text())?.[1] : 'ended'),
    (found) => found !== undefined,
    'a listener',
    60_000,
  )
  if (url === undefined || url === 'ended') throw new Error(`the listener ended: ${program.text()}`)
  return { program, url }
}

function deliver(
  url: string,
  options: { secret?: string; id?: string; body?: string } = {},
): Promise<Response> {
  const { secret = newWebhookSecret(), id = 'evt-1' } = options
  const signed = signWebhook({ id, at: new Date(), body, secrets: [secret] })
  const headers = { 'content-type': 'application/json', 'x-own': 'kept', ...signed }
  return fetch(url, { method: 'POST', headers, body: options.body ?? body })
}

const shown = (program: Program, what: string): Promise<string> =>
  until(
    () => program.text(),
    (text) => text.includes(what),
    `"${what}"`,
  )

describe('npm run listen', { timeout: 120_000 }, () => {
  test('shows each event in a line, takes it, and ends in good order', async () => {
    const { program, url } = await listener()
    expect((await deliver(url)).status).toBe(204)
    const text = await shown(program, 'webhook-id evt-1')
    expect(text).toMatch(/message\.delivered +status delivered +messageId m-1 +to 14155552671/)
    expect((await deliver(url, { id: 'evt-2', body: '{"type":"a\\u001b[31mb"}' })).status).toBe(204)
    expect(await shown(program, 'webhook-id evt-2')).not.toContain('\u001b')
    expect(await program.ended('SIGINT')).toBe(0)
  })

  test('hands bytes and headers on as they came, and answers what the app answers', async () => {
    const secret = newWebhookSecret()
    const app = await startWebhookReceiver({ secret })
    onTestFinished(() => app.close())
    app.respond(() => ({ status: 202, headers: { 'x-app': 'yes' }, body: 'thanks' }))
    const { program, url } = await listener('--forward', `${app.url}/hook`, '--secret', secret, '--json')
    const answer = await deliver(url, { secret })
    expect([answer.status, answer.headers.get('x-app'), await answer.text()]).toEqual([202, 'yes', 'thanks'])
    expect(app.deliveries).toMatchObject([
      { path: '/hook', verified: true, body, headers: { 'x-own': 'kept', 'webhook-id': 'evt-1' } },
    ])
    const line = (await shown(program, '"signature"')).split('\n').find((one) => one.startsWith('{')) ?? ''
    expect(JSON.parse(line)).toMatchObject({ body, signature: 'ok', status: 202 })

    expect((await deliver(url, { secret: newWebhookSecret() })).status).toBe(401)
    expect((await deliver(url, { secret, body: `${body} ` })).status).toBe(401)
    expect(app.deliveries).toHaveLength(1)
  })

  test('answers 502 while the app is away, and says so', async () => {
    const { program, url } = await listener('--forward', `http://127.0.0.1:${await freePort()}/`)
    expect((await deliver(url)).status).toBe(502)
    expect(await shown(program, '-> 502')).toContain('cannot be reached')
  })

  test('joins the endpoints of an account with --key, hears its events, and leaves at the end', async () => {
    const hermod = await startTestService()
    onTestFinished(() => hermod.stop())
    const sender = await connectSender(hermod, { webhook: true })
    const endpoints = async (): Promise<{ url: string }[]> =>
      (await hermod.call('GET', '/webhook-endpoints', { key: sender.key })).body.data
    const before = await endpoints()
    const secret = newWebhookSecret()
    const { program, url } = await listener('--key', sender.key, '--url', hermod.url, '--secret', secret)
    expect((await endpoints()).map((one) => one.url)).toContain(url)
    const id = await sender.send()
    const text = await shown(program, `messageId ${id}`)
    expect(text).toContain('signature OK')
    expect(text).not.toContain('SIGNATURE WRONG')
    expect(await program.ended('SIGTERM')).toBe(0)
    expect(await endpoints()).toHaveLength(before.length)
  })

  test('says what to change when Hermod may not call this machine', async () => {
    const hermod = await startTestService({ env: { OUTBOUND_ALLOW_CIDRS: '' } })
    onTestFinished(() => hermod.stop())
    const key = await hermod.register()
    const program = startProgram('listen', ['--key', key, '--url', hermod.url])
    expect(await program.ended()).toBe(1)
    expect(program.text()).toContain('OUTBOUND_ALLOW_CIDRS=127.0.0.0/8')
  })

  test.each([
    ['an unknown option', ['--froward', 'http://localhost:4000'], '--forward <url>'],
    ['a forward that is no URL', ['--forward', 'localhost:4000'], '--forward must be a URL'],
    ['a secret that is none', ['--secret', 'hunter2'], '--secret must be whsec_'],
    ['a Hermod that is away', ['--key', 'sk_test_x', '--url', 'http://127.0.0.1:1'], 'No Hermod answers'],
  ])('%s is told with what to change', async (_what, args, told) => {
    const program = startProgram('listen', args)
    expect(await program.ended()).toBe(1)
    expect(program.text()).toContain(told)
    expect(program.text()).not.toMatch(/^ {4}at /m)
  })
})
