import { createServer } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../src/db/embedded/port.ts'
import { authorityFile, type CertificateName } from '../../fakes/certificates/index.ts'
import type { Delivery } from '../../fakes/webhook-receiver/deliveries.ts'
import type { Reply } from '../../fakes/webhook-receiver/reply.ts'
import { startWebhookReceiver } from '../../fakes/webhook-receiver/server.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { startProgram } from '../../support/program.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startTestService, testSecretsKey, until, type TestService } from '../../support/service.ts'
import { connectSql } from '../../support/sql.ts'

/** Only this machine's first address is allowed; the canary sits at the second, on the receiver's port. */
const allowed = '127.0.0.1'
const forbidden = '127.0.0.2'

describe('a webhook receiver that fails', () => {
  let hermod: TestService
  /** How often somebody came where nobody may go. */
  let trespasses = 0
  const canary = createServer((socket) => {
    trespasses += 1
    socket.destroy()
  })
  /** Where names lead at this moment; the others do not resolve. */
  const names = new Map<string, string>()
  /** How each path of the receiver fails at this moment. */
  const faults = new Map<string, Reply>()

  beforeAll(async () => {
    hermod = await startTestService({
      env: { OUTBOUND_ALLOW_CIDRS: `${allowed}/32` },
      // One event a message: `sent`.
      graph: { callbacks: { statuses: [] } },
      overrides: {
        resolveName(name) {
          const address = names.get(name)
          if (address === undefined) return Promise.reject(new Error(`no such name: ${name}`))
          return Promise.resolve([{ address, family: 4 }])
        },
      },
      configure: (config) => ({
        ...config,
        webhooks: {
          ...config.webhooks,
          timeoutMs: 1_500,
          connectTimeoutMs: 1_000,
          scheduleMs: Array.from({ length: 20 }, () => 300),
        },
      }),
    })
    hermod.receiver.respond(({ path }) => faults.get(path) ?? null)
    await new Promise<void>((resolve) => {
      canary.listen(hermod.receiver.port, forbidden, resolve)
    })
  })
  afterAll(async () => {
    await hermod.stop()
    canary.close()
  })

  const arrivalsAt = (path: string): Delivery[] =>
    hermod.receiver.deliveries.filter((one) => one.path === path)

  /** The events of an account and what their last attempts ended with. */
  const outbox = (
    sender: TestSender,
  ): Promise<{ status: string; attempt: number; last_error: string | null }[]> =>
    hermod.service.ctx.db.query(
      '',
      `select d.status, d.attempt, d.last_error from webhook_deliveries d
         join sessions s on s.account_id = d.account_id where s.sender_id = $1 order by d.id`,
      [sender.phoneNumberId],
    )

  const untilDelivered = (sender: TestSender, count: number) =>
    until(
      () => outbox(sender),
      (rows) => rows.length >= count && rows.every(({ status }) => status === 'delivered'),
      'an outbox with everything delivered',
    )

  /** What was told to a path since it is well: signed, and every event of the messages. */
  async function expectAllTold(sender: TestSender, messageIds: string[], since: number): Promise<void> {
    const rows = await untilDelivered(sender, messageIds.length)
    const told = arrivalsAt(sender.hook).filter(({ at }) => at >= since)
    expect(told.every(({ verified }) => verified)).toBe(true)
    expect(new Set(told.map(({ webhookId }) => webhookId)).size).toBe(rows.length)
    const messages = new Set(told.map(({ body }) => messageIds.find((id) => body.includes(id))))
    expect(messages).toEqual(new Set(messageIds))
  }

  const elsewhere = (): string => `http://${forbidden}:${hermod.receiver.port}/latest/meta-data/`

  test.concurrent.each<[string, () => Reply]>([
    ['answers 500', () => ({ status: 500 })],
    ['asks for patience', () => ({ status: 503, headers: { 'retry-after': '1' } })],
    ['hangs', () => ({ kind: 'hang' })],
    ['starts too slowly', () => ({ delayMs: 5_000 })],
    ['drips its body', () => ({ kind: 'drip' })],
    ['hangs up', () => ({ kind: 'close' })],
    ['resets at once', () => ({ kind: 'reset' })],
    ['resets amid its body', () => ({ kind: 'broken' })],
    ['floods with headers', () => ({ kind: 'flood' })],
    ['speaks no HTTP', () => ({ kind: 'garbage' })],
    ['redirects to a forbidden address', () => ({ status: 307, headers: { location: elsewhere() } })],
    [
      'redirects to cloud metadata',
      () => ({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } }),
    ],
  ])('that %s gets every event once it is well', async (_what, fault) => {
    const sender = await connectSender(hermod, { webhook: true })
    faults.set(sender.hook, fault())
    const ids = await Promise.all([sender.send(), sender.send(), sender.send()])
    await until(
      () => arrivalsAt(sender.hook),
      ({ length }) => length >= 5,
      'attempts that fail',
    )
    expect((await outbox(sender)).map(({ status }) => status)).not.toContain('delivered')
    faults.delete(sender.hook)
    await expectAllTold(sender, ids, Date.now())
    expect(hermod.receiver.inconsistent()).toEqual([])
  })

  test.concurrent.each<[string, Reply]>([
    ['a gzip bomb', { kind: 'bomb' }],
    ['a body without an end', { kind: 'endless' }],
    ['headers and a body that are not UTF-8', { kind: 'strange' }],
  ])('that answers 200 with %s has taken the event, and harms nothing', async (_what, fault) => {
    const sender = await connectSender(hermod, { webhook: true })
    faults.set(sender.hook, fault)
    await sender.send()
    expect(await untilDelivered(sender, 1)).toMatchObject([{ attempt: 1, last_error: null }])
    expect((await hermod.call('GET', '/readyz')).status).toBe(200)
  })

  test.concurrent('whose name turns to a forbidden address is not followed there, and gets every event once it is back', async () => {
    const sender = await connectSender(hermod)
    const name = `rebind-${sender.phoneNumberId}.test`
    names.set(name, allowed)
    await setHookAt(sender, `http://${name}:${hermod.receiver.port}${sender.hook}`)
    names.set(name, forbidden)
    const ids = [await sender.send(), await sender.send()]
    await until(
      () => outbox(sender),
      (rows) => rows.length === 2 && rows.every(({ last_error }) => last_error === 'E_SSRF_BLOCKED'),
      'attempts that are held back',
    )
    expect(arrivalsAt(sender.hook)).toEqual([])
    names.set(name, allowed)
    await expectAllTold(sender, ids, 0)
  })

  test.concurrent('whose name does not resolve for a while gets every event once it does', async () => {
    const sender = await connectSender(hermod)
    const name = `away-${sender.phoneNumberId}.test`
    await setHookAt(sender, `http://${name}:${hermod.receiver.port}${sender.hook}`)
    const id = await sender.send()
    await until(
      () => outbox(sender),
      ([row]) => row?.last_error === 'E_DNS',
      'an attempt without an address',
    )
    names.set(name, allowed)
    await expectAllTold(sender, [id], 0)
  })

  async function setHookAt(sender: TestSender, url: string): Promise<void> {
    const answer = await hermod.call('PUT', '/auth/me/webhook', { key: sender.key, body: { url } })
    expect(answer.status).toBe(200)
    hermod.receiver.setSecret(answer.body.data.secret, sender.hook)
  }

  test('cannot be set to a forbidden address, by any spelling', async () => {
    const key = await hermod.register()
    names.set('inside.test', forbidden)
    const hosts = [forbidden, '2130706434', '0x7f.2', '[::ffff:127.0.0.2]', '169.254.169.254', 'inside.test']
    for (const host of [...hosts, '[::1]', '10.0.0.1']) {
      const url = `http://${host}:${hermod.receiver.port}/hook`
      // One account, one webhook: a URL that is let through must not be overwritten by the next.
      // oxlint-disable-next-line no-await-in-loop
      const answer = await hermod.call('PUT', '/auth/me/webhook', { key, body: { url } })
      expect([host, answer.status, answer.body.code]).toEqual([host, 400, 'validation_failed'])
    }
  })

  test('nobody came where nobody may go', () => {
    expect(trespasses).toBe(0)
  })
})

describe('a webhook receiver with bad TLS', { timeout: 60_000 }, () => {
  test('gets every event once its certificate is good', async () => {
    const hermod = await startTrusting()
    const bad: CertificateName[] = ['expired', 'wrong-name', 'self-signed']
    await Promise.all(
      bad.map(async (certificate) => {
        const receiver = await startWebhookReceiver({ certificate })
        onTestFinished(() => receiver.close())
        const account = await hermod.openAccount(`${receiver.url}/hook`)
        receiver.setSecret(account.secret)
        await account.send()
        await until(
          () => account.lastErrors(),
          (errors) => errors.includes('E_TLS'),
          `an attempt that fails by the certificate "${certificate}"`,
        )
        expect(receiver.deliveries).toEqual([])
        receiver.setCertificate('good')
        const { verified } = await receiver.waitFor(({ body }) => body.includes('"read"'), 20_000)
        expect(verified).toBe(true)
      }),
    )
  })
})

/** A service in a process of its own that trusts the authority of the test certificates. */
async function startTrusting() {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const dataDir = await mkdtemp(join(tmpdir(), 'hermod-faults-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const port = await freePort()
  const program = startProgram('main', [], {
    PORT: String(port),
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SECRETS_KEY: testSecretsKey,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
    WEBHOOK_RETRY_SECONDS: Array.from({ length: 20 }, () => '1').join(','),
    NODE_EXTRA_CA_CERTS: authorityFile,
  })
  const call = async (
    method: string,
    route: string,
    key: string | null,
    body?: object,
  ): Promise<{ status: number; body: any }> => {
    const answer = await fetch(`http://127.0.0.1:${port}${route}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  await until(
    () => call('GET', '/readyz', null).catch(() => null),
    (answer) => answer?.status === 200,
    `a service that is ready (${program.text()})`,
  )
  return {
    /** An account whose webhook is set; it sends to the sandbox, where messages are read. */
    async openAccount(url: string) {
      const registered = await call('POST', '/auth/register', null, { name: 'TLS', email: 'tls@example.com' })
      const key: string = registered.body.data.apiKey
      const hook = await call('PUT', '/auth/me/webhook', key, { url })
      const secret: string = hook.body.data.secret
      const sql = await connectSql(database.url)
      onTestFinished(() => sql.end())
      return {
        secret,
        async send() {
          const body = { to: '14155550100', message: 'Hi', session: 'sandbox' }
          expect((await call('POST', '/send-message', key, body)).status).toBe(202)
        },
        lastErrors: async () =>
          (
            await sql.query<{ last_error: string | null }>(
              `select d.last_error from webhook_deliveries d
                 join webhook_endpoints e on e.id = d.endpoint_id where e.url = $1`,
              [url],
            )
          ).map((row) => row.last_error),
      }
    },
  }
}
