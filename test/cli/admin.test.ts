import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createConfig } from '../../src/config/config.ts'
import { parseEnv } from '../../src/config/env.ts'
import { createLog } from '../../src/kit/log.ts'
import { startService, type Service } from '../../src/app.ts'
import { runAdmin as run } from '../support/admin.ts'
import { inboundCallback, postCallback } from '../support/callbacks.ts'
import { expectRefusal } from '../support/refusal.ts'
import { scratchFolder } from '../support/scratch.ts'
import { connectSender } from '../support/senders.ts'
import { startTestService, testSecretsKey, until, type TestService } from '../support/service.ts'
import { connectSql, type Sql } from '../support/sql.ts'

let hermod: TestService
let other: TestService
let sql: Sql
let env: Record<string, string>
beforeAll(async () => {
  hermod = await startTestService({ env: { CREDITS: 'enforced' } })
  other = await startTestService({ env: { CREDITS: 'enforced', DATABASE_URL: hermod.databaseUrl } })
  sql = await connectSql(hermod.databaseUrl)
  env = { DATABASE_URL: hermod.databaseUrl, SECRETS_KEY: testSecretsKey }
})
afterAll(async () => {
  await sql.end()
  await other.stop()
  await hermod.stop()
})

/** Runs a command that succeeds, and reads its answer. */
async function adminJson(...args: string[]): Promise<any> {
  const { code, out, errors } = await run(env, ...args, '--json')
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  return JSON.parse(out)
}

describe('the command line', { timeout: 120_000 }, () => {
  test('explains itself, and says what it did not understand', async () => {
    const help = await run(env, '--help')
    expect(help.code).toBe(0)
    expect(help.out).toMatch(/accounts create/)
    const manual = await run(env, 'credits', 'grant', '--help')
    expect(manual).toMatchObject({ code: 0, out: expect.stringMatching(/<account> <amount>/) })
    const wrong = [
      [],
      ['accounts', 'create', '--name', 'Nobody'],
      ['accounts', 'set-plan', '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57', 'gold'],
      ['credits', 'grant', '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57', '-5'],
    ]
    const answers = await Promise.all(wrong.map((args) => run(env, ...args)))
    expect(answers.map(({ code }) => code)).toEqual(wrong.map(() => 2))
  })

  test('says what is in its way without a stack', async () => {
    const missing = await run(env, 'accounts', 'activate', '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57')
    expect(missing).toEqual({
      code: 1,
      out: '',
      errors: 'There is no account 019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57.\n',
    })
    const { SECRETS_KEY: _key, ...keyless } = env
    const unset = await run(keyless, 'accounts', 'list')
    expect(unset.code).toBe(1)
    expect(unset.errors).toMatch(/SECRETS_KEY is required/)
    expect(unset.errors).not.toMatch(/at .*\.[jt]s/)
  })
})

describe('accounts', { timeout: 120_000 }, () => {
  test('are made with a plan and a key that works at once', async () => {
    const who = ['--name', 'Ada', '--email', 'ada@example.com', '--plan', 'pro']
    const made = await adminJson('accounts', 'create', ...who)
    expect(made.apiKey).toMatch(/^sk_live_[0-9a-f]{48}$/)
    const me = await hermod.call('GET', '/auth/me', { key: made.apiKey })
    expect(me.body.data).toMatchObject({ id: made.accountId, name: 'Ada', plan: 'pro' })
    const further = await adminJson('keys', 'create', made.accountId, '--scope', 'read', '--mode', 'test')
    expect((await hermod.call('GET', '/messages', { key: further.apiKey })).status).toBe(200)
    expect((await hermod.call('GET', '/keys', { key: further.apiKey })).status).toBe(403)
    const list = await run(env, 'accounts', 'list')
    expect(list.out).toMatch(new RegExp(`${made.accountId} +active +pro +0 +2 .*Ada +ada@example.com`))
    expect(list.out).not.toContain(made.apiKey)
  })

  test('that are deactivated are refused with 403 at once in every process, and let in again', async () => {
    const key = await hermod.register()
    const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
    const send = (service: TestService) =>
      service.call('POST', '/send-message', {
        key,
        body: { to: '14155550100', message: 'Hi', session: 'sandbox' },
      })
    // Both processes believe the key from now on.
    expect([(await send(hermod)).status, (await send(other)).status]).toEqual([202, 202])
    await adminJson('accounts', 'deactivate', id)
    for (const service of [hermod, other]) {
      expectRefusal(await send(service), { status: 403, code: 'account_deactivated' })
      // And when it is known by now, which must not keep it out later.
      expectRefusal(await send(service), { status: 403, code: 'account_deactivated' })
      const read = await service.call('GET', '/messages', { key })
      expectRefusal(read, { status: 403, code: 'account_deactivated' })
    }
    await adminJson('accounts', 'activate', id)
    expect([(await send(hermod)).status, (await send(other)).status]).toEqual([202, 202])
  })

  test('get another plan, and its limits, in every process', async () => {
    const key = await hermod.register()
    const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
    await adminJson('accounts', 'set-plan', id, 'basic')
    const answer = await other.call('GET', '/messages', { key })
    expect(answer.headers.get('x-ratelimit-limit')).toBe('100')
  })

  test('keep the operator’s plan when what they paid for ends', async () => {
    const key = await hermod.register()
    const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
    await sql.query(
      `insert into billing_customers (account_id, customer_id, paid_plan, plan_before) values ($1, 'cus_1', 'pro', 'free')`,
      [id],
    )
    await adminJson('accounts', 'set-plan', id, 'enterprise')
    const rows = await sql.query(
      'select paid_plan, plan_before from billing_customers where account_id = $1',
      [id],
    )
    expect(rows).toEqual([{ paid_plan: 'pro', plan_before: 'enterprise' }])
  })

  test('are given credits, once by a reference', async () => {
    const { key, send } = await connectSender(hermod)
    const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
    const grant = () =>
      adminJson('credits', 'grant', id, '25', '--note', 'Invoice 7', '--reference', 'invoice-7')
    expect(await grant()).toEqual({ accountId: id, granted: true, balance: 25 })
    expect(await grant()).toEqual({ accountId: id, granted: false, balance: 25 })
    await send()
    const { balance, entries } = (await hermod.call('GET', '/billing/credits', { key })).body.data
    expect(balance).toBe(24)
    expect(entries.at(-1)).toMatchObject({ kind: 'grant', amount: 25, note: 'Invoice 7' })
  })
})

describe('callbacks', { timeout: 120_000 }, () => {
  test('that failed are listed and applied again, and applying twice changes nothing', async () => {
    const { key, phoneNumberId } = await connectSender(hermod)
    // What comes in goes to who has proven the number.
    await hermod.call('POST', '/auth/me/credentials/verify', { key })
    const wamid = `wamid.${phoneNumberId}`
    await postCallback(hermod, inboundCallback(phoneNumberId, wamid, 'Lost and found'))
    const inbound = async () =>
      (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data.length
    await until(inbound, (count) => count === 1, 'the inbound message')
    // As if it had been given up before it was applied.
    await sql.query('delete from messages where external_id = $1', [wamid])
    const [callback] = await sql.query<{ id: string }>(
      `update callbacks set state = 'failed', attempts = 8, error = 'no luck', applied_at = null
        where position($1::bytea in body) > 0 returning id`,
      [Buffer.from(wamid)],
    )
    expect(await adminJson('callbacks', 'list', '--failed')).toMatchObject([
      { callbackId: callback?.id, state: 'failed', error: 'no luck' },
    ])
    expect(await adminJson('callbacks', 'reprocess', '--failed')).toEqual({ found: 1, applied: 1 })
    expect(await inbound()).toBe(1)
    const again = await adminJson('callbacks', 'reprocess', callback?.id ?? '')
    expect(again).toEqual({ found: 1, applied: 1 })
    const since = await adminJson('callbacks', 'reprocess', '--since', '2020-01-01T00:00:00Z')
    expect(since.found).toBeGreaterThan(0)
    expect(await inbound()).toBe(1)
    expect(await adminJson('callbacks', 'list', '--failed')).toEqual([])
  })

  test('that cannot be applied stay failed, and the exit code says so', async () => {
    const id = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a99'
    await sql.query(
      `insert into callbacks (id, provider, body, state, attempts, received_at)
       values ($1, 'sandbox', 'no json', 'failed', 8, now())`,
      [id],
    )
    const ran = await run(env, 'callbacks', 'reprocess', id, '--json')
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.out)).toEqual({ found: 1, applied: 0 })
    await sql.query('delete from callbacks where id = $1', [id])
  })
})

describe('secrets', { timeout: 120_000 }, () => {
  const newKey = Buffer.alloc(32, 9).toString('base64')

  /** How many texts of each table are encrypted with which key. */
  async function encrypts(database: Sql): Promise<string[]> {
    const rows = await database.query<{ encrypt: string }>(
      `select distinct split_part(text, '.', 2) as encrypt from (
         select credentials as text from sessions where credentials <> ''
         union all select secret from webhook_endpoints
         union all select x->>'secret' from webhook_endpoints, jsonb_array_elements(old_secrets) x) s`,
    )
    return rows.map(({ encrypt }) => encrypt)
  }

  test('are encrypted anew with the first key of SECRETS_KEY, while the service runs with both', async () => {
    const both = `${newKey},${testSecretsKey}`
    const running = await startTestService({
      env: { DATABASE_URL: hermod.databaseUrl, SECRETS_KEY: both, META_GRAPH_URL: hermod.graph.url },
    })
    try {
      const key = await hermod.connect({ webhook: true, phoneNumberId: '700', accessToken: 'EAAseven' })
      hermod.graph.control.addPhone({ id: '700', tokens: ['EAAseven'] })
      await sql.query(
        `update webhook_endpoints set old_secrets = json_build_array(
           json_build_object('secret', secret, 'expiresAt', '2030-01-01T00:00:00Z'))`,
      )
      const before = await encrypts(sql)
      const first = await run({ ...env, SECRETS_KEY: both }, 'secrets', 'rotate', '--json')
      expect({ code: first.code, errors: first.errors }).toEqual({ code: 0, errors: '' })
      const { counts } = JSON.parse(first.out)
      expect(counts[0].reencrypted).toBeGreaterThan(3)
      expect(counts.find(({ kind }: { kind: string }) => kind === 'old webhook secrets').reencrypted).toBe(1)
      const after = await encrypts(sql)
      expect(after).toHaveLength(1)
      expect(before).not.toEqual(after)
      const again = JSON.parse((await run({ ...env, SECRETS_KEY: both }, 'secrets', 'rotate', '--json')).out)
      expect(again.counts.filter(({ reencrypted }: { reencrypted: number }) => reencrypted > 0)).toEqual([])
      expect(again.advice).toMatch(/can be dropped from SECRETS_KEY/)

      const verified = await running.call('POST', '/auth/me/credentials/verify', { key })
      expect(verified.status).toBe(200)
      // What no key opens is named, and nothing is made of it.
      const lost = await run(env, 'secrets', 'rotate')
      expect(lost.code).toBe(1)
      expect(lost.out).toMatch(/No key opens: session credentials/)
      expect(await encrypts(sql)).toEqual(after)
    } finally {
      await running.stop()
    }
  })

  describe('of the embedded default', () => {
    let dataDir: string
    let service: Service
    const start = async (): Promise<Service> => {
      const config = createConfig(
        parseEnv({
          PORT: '0',
          DATA_DIR: dataDir,
          LOG_LEVEL: 'silent',
          META_GRAPH_URL: hermod.graph.url,
          SHUTDOWN_TIMEOUT_SECONDS: '5',
        }),
      )
      return startService(config, { log: createLog('silent') })
    }
    const call = async (method: string, route: string, key?: string, body?: object): Promise<any> => {
      const response = await fetch(`${service.url}${route}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    }
    const keysInFile = async () =>
      (await readFile(join(dataDir, 'secrets.key'), 'utf8')).trim().split(',').length
    const admin = async (...args: string[]): Promise<any> => {
      const { code, out, errors } = await run({ DATA_DIR: dataDir }, ...args, '--json')
      expect({ code, errors }).toEqual({ code: 0, errors: '' })
      return JSON.parse(out)
    }
    beforeAll(async () => {
      dataDir = await mkdtemp(join(await scratchFolder(), 'hermod-admin-'))
      service = await start()
    }, 120_000)
    afterAll(async () => {
      await service.stop()
      await rm(dataDir, { recursive: true, force: true })
    })

    test('get a new key while the service runs, which reads them all the same', async () => {
      const { apiKey } = await admin('accounts', 'create', '--name', 'Emb', '--email', 'emb@example.com')
      hermod.graph.control.addPhone({ id: '800', tokens: ['EAAeight'] })
      const credentials = { whatsappAccessToken: 'EAAeight', whatsappPhoneNumberId: '800' }
      await call('PUT', '/auth/me/credentials', apiKey, credentials)
      const rotated = await admin('secrets', 'rotate')
      expect(rotated.counts[0]).toMatchObject({ kind: 'session credentials', reencrypted: 2, unreadable: [] })
      expect(await keysInFile()).toBe(2)
      expect((await call('POST', '/auth/me/credentials/verify', apiKey)).status).toBe(200)

      // A process that was not restarted encrypts with the older key still: that key must stay.
      await call('PUT', '/auth/me/credentials', apiKey, credentials)
      const early = await run({ DATA_DIR: dataDir }, 'secrets', 'drop-old')
      expect(early.code).toBe(1)
      expect(early.out).toMatch(/Nothing was dropped/)
      expect(await keysInFile()).toBe(2)

      await service.stop()
      // While nothing runs, the command brings Postgres up by itself.
      expect((await admin('secrets', 'rotate')).counts[0]).toMatchObject({ reencrypted: 0, current: 2 })
      await admin('secrets', 'drop-old')
      expect(await keysInFile()).toBe(1)
      service = await start()
      expect((await call('POST', '/auth/me/credentials/verify', apiKey)).status).toBe(200)
    })
  })
})

describe('keys, messages and the end of an account', { timeout: 120_000 }, () => {
  test('keys are listed without their secrets, and revoked at once', async () => {
    const key = await hermod.register()
    const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
    const made = await adminJson('keys', 'create', id, '--name', 'spare')
    const listed = await adminJson('keys', 'list', id)
    expect(listed.map((one: { name: string }) => one.name)).toEqual(['default', 'spare'])
    expect(JSON.stringify(listed)).not.toContain(made.apiKey)
    expect(await adminJson('keys', 'revoke', id, made.keyId)).toMatchObject({ revoked: true })
    const refused = await hermod.call('GET', '/auth/me', { key: made.apiKey })
    expectRefusal(refused, { status: 401, code: 'invalid_api_key' })
    expect((await run(env, 'keys', 'revoke', id, made.keyId)).code).toBe(1)
  })

  test('a message is shown with its course, and without its text', async () => {
    const key = await hermod.register()
    const { id: accountId } = (await hermod.call('GET', '/auth/me', { key })).body.data
    await adminJson('credits', 'grant', accountId, '5')
    const body = { to: '14155550100', message: 'Between us', session: 'sandbox' }
    const { id } = (await hermod.call('POST', '/send-message', { key, body })).body.data
    await hermod.messageUntil(key, id, ({ status }) => status === 'read')
    const shown = await adminJson('messages', 'show', id)
    expect(shown).toMatchObject({ id, accountId, status: 'read' })
    expect(shown.timeline.length).toBeGreaterThan(3)
    expect(JSON.stringify(shown)).not.toContain('Between us')
    expect((await run(env, 'messages', 'show', '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a57')).code).toBe(1)
  })

  test('the name of an account moves no cursor and forges no line', async () => {
    const forged = 'Eve\u001B[2J\r\n019a9d6e  active  \u202Etxet\u0085'
    await hermod.call('POST', '/auth/register', { body: { name: forged, email: 'eve@example.com' } })
    const { out } = await run(env, 'accounts', 'list', '--limit', '10000')
    const json = await run(env, 'accounts', 'list', '--limit', '10000', '--json')
    expect(out).toContain('Eve\\u001b[2J\\u000d\\u000a019a9d6e  active  \\u202etxet\\u0085')
    for (const text of [out, json.out]) expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u)
    const names = JSON.parse(json.out).map((account: { name: string }) => account.name)
    expect(names).toContain(forged)
  })

  test('an account is deleted with everything that is stored for it, and nothing of another', async () => {
    const [gone, stays] = [await hermod.connect({ webhook: true }), await hermod.register()]
    const { id: accountId } = (await hermod.call('GET', '/auth/me', { key: gone })).body.data
    const { id: otherId } = (await hermod.call('GET', '/auth/me', { key: stays })).body.data
    for (const id of [accountId, otherId]) await adminJson('credits', 'grant', id, '50')
    const sendAll = async (key: string) => {
      const body = { to: '14155550100', message: 'Hi', session: 'sandbox' }
      const headers = { 'idempotency-key': 'once' }
      const { id } = (await hermod.call('POST', '/send-message', { key, body, headers })).body.data
      await hermod.call('POST', '/otp', { key, body: { to: '14155550100', session: 'sandbox' } })
      await hermod.call('PUT', '/otp/services/shop', { key, body: {} })
      await hermod.messageUntil(key, id, ({ status }) => status === 'read')
    }
    await Promise.all([sendAll(gone), sendAll(stays)])
    const unsure = await run(env, 'accounts', 'delete', accountId)
    expect(unsure.code).toBe(2)
    const before = await countsOf(otherId)
    expect(await adminJson('accounts', 'delete', accountId, '--yes')).toMatchObject({ deleted: true })
    await until(
      () => countsOf(accountId),
      (counts) => Object.keys(counts).length === 0,
      'nothing of it is left',
    )
    expect(Object.keys(await countsOf(otherId))).toEqual(Object.keys(before))
    expect((await hermod.call('GET', '/auth/me', { key: gone })).status).toBe(401)
    expect((await hermod.call('GET', '/auth/me', { key: stays })).status).toBe(200)
    expect((await run(env, 'accounts', 'delete', accountId, '--yes')).code).toBe(1)
  })
})

/** How many rows each table with a column for the account has of one; those without any are left out. */
async function countsOf(accountId: string): Promise<Record<string, number>> {
  const tables = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.columns
      where table_schema = current_schema() and column_name = 'account_id' order by 1`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await sql.query<{ count: number }>(
      `select count(*)::int as count from "${name}" where account_id = $1`,
      [accountId],
    )
    if (row !== undefined && row.count > 0) counts[name] = row.count
  }
  return counts
}
