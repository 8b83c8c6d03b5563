import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inboundCallback, postCallback, statusCallback } from '../../support/callbacks.ts'
import { startTestService, testSecretsKey, until, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

const operator = {
  META_APP_SECRET: 'operators-app-secret-4f2b7c1d9a55',
  META_VERIFY_TOKEN: 'operators-verify-token-0e3d2c1b4a59',
  REGISTRATION: 'token',
  REGISTRATION_TOKEN: 'operators-registration-token-019a9d6e',
}
const own = {
  whatsappAccessToken: 'EAAsecretAccessTokenOfTheTest0123456789abcdef',
  whatsappAppSecret: 'own-app-secret-9d6e4f2b7c1d9a55',
  whatsappVerifyToken: 'own-verify-token-3d2c1b4a59e0',
}
const badToken = 'EAAbadAccessTokenOfTheTest9876543210fedcba'
const phoneNumberId = '106540352242922'

let hermod: TestService
let sql: Sql
const log: string[] = []
/** Every answer of the API, but for the two that show a secret once. */
const answers: string[] = []
/** What must be found nowhere. */
const secrets: Record<string, string> = {
  ...operator,
  ...own,
  badToken,
  secretsKey: testSecretsKey,
}
delete secrets['REGISTRATION']

beforeAll(async () => {
  hermod = await startTestService({
    env: { ...operator, LOG_LEVEL: 'trace' },
    // No redaction by name here: what the service hands to its log must be clean by itself.
    overrides: { log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }) },
    graph: { phones: [{ id: phoneNumberId, tokens: [own.whatsappAccessToken] }] },
  })
  hermod.graph.control.configureCallbacks({ url: null })
  sql = await connectSql(hermod.databaseUrl)
  await runEverything()
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

async function call(...args: Parameters<TestService['call']>) {
  const answer = await hermod.call(...args)
  answers.push(JSON.stringify(answer.body), JSON.stringify([...answer.headers]))
  return answer
}

/** An account's whole life: connected, sending, failing for want of a good token, hearing back, removed. */
async function runEverything(): Promise<void> {
  const registered = await hermod.call('POST', '/auth/register', {
    body: { name: 'Ana', email: 'ana@example.com' },
    headers: { 'x-registration-token': operator.REGISTRATION_TOKEN },
  })
  expect(registered.status).toBe(201)
  const key: string = registered.body.data.apiKey
  secrets['apiKey'] = key.slice('sk_live_'.length)
  const webhook = await hermod.call('PUT', '/auth/me/webhook', {
    key,
    body: { url: `${hermod.receiver.url}/hook` },
  })
  secrets['webhookSecret'] = webhook.body.data.secret.slice('whsec_'.length)

  const save = (token: string) =>
    call('PUT', '/auth/me/credentials', {
      key,
      body: { ...own, whatsappAccessToken: token, whatsappPhoneNumberId: phoneNumberId },
    })
  const send = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
    call('POST', '/send-message', { key, body: { to: '14155552671', ...body }, headers })

  const saved = await save(own.whatsappAccessToken)
  const { sessionId } = saved.body.data
  await call('POST', '/auth/me/credentials/verify', { key })
  await call('GET', '/auth/me', { key })

  const first = await send({ message: 'Hi', metadata: { orderId: '1234' } }, { 'idempotency-key': 'one' })
  await send({ message: 'Hi', metadata: { orderId: '1234' } }, { 'idempotency-key': 'one' })
  const { id } = first.body.data
  const { externalId: wamid } = await hermod.messageUntil(key, id, ({ status }) => status === 'sent')
  const receipts = statusCallback(phoneNumberId, [
    { wamid: String(wamid), status: 'delivered', correlationId: id },
    { wamid: String(wamid), status: 'read', correlationId: id },
  ])
  await postCallback(hermod, receipts, { appSecret: own.whatsappAppSecret, sessionId })
  await postCallback(hermod, inboundCallback(phoneNumberId, 'wamid.in'), {
    appSecret: operator.META_APP_SECRET,
  })
  await postCallback(hermod, receipts, { appSecret: 'a-guess', sessionId })
  await handshake(`/webhooks/whatsapp/${sessionId}`, own.whatsappVerifyToken)
  await handshake('/webhooks/whatsapp', operator.META_VERIFY_TOKEN)
  await hermod.messageUntil(key, id, ({ status }) => status === 'read')

  await sendInTrouble(send, key)
  await call('GET', '/messages', { key })
  await call('GET', '/messages?direction=inbound', { key })
  await call('POST', '/send-message', { key, raw: '{' })
  await call('GET', '/auth/me', { headers: { authorization: `Basic ${key}` } })

  await save(badToken)
  await call('POST', '/auth/me/credentials/verify', { key })
  const refused = await send({ message: 'With a bad token' })
  await hermod.messageUntil(key, refused.body.data.id, ({ status }) => status === 'failed')
  await call('GET', `/messages/${refused.body.data.id}`, { key })
  await call('GET', '/openapi.json')
  await until(
    () => sql.query(`select 1 from webhook_deliveries where status in ('pending', 'delivering')`),
    (open) => open.length === 0,
    'every webhook to be delivered',
  )
}

const handshake = (path: string, token: string) =>
  call('GET', `${path}?hub.mode=subscribe&hub.challenge=1&hub.verify_token=${token}`)

/** Sends of which Meta says nothing, something strange, or the token itself. */
async function sendInTrouble(
  send: (body: Record<string, unknown>) => ReturnType<typeof call>,
  key: string,
): Promise<void> {
  const { rules } = hermod.graph.control
  const details = `Error validating access token: ${own.whatsappAccessToken} has expired`
  rules.add(
    { when: { to: '14155550001' }, outcome: { kind: 'error', code: 131_026, details } },
    { when: { to: '14155550002' }, times: 1, outcome: { kind: 'drop', accepted: false } },
    { when: { to: '14155550003' }, times: 1, outcome: { kind: 'html', status: 503 } },
  )
  const sent = await Promise.all(
    ['14155550001', '14155550002', '14155550003'].map((to) => send({ to, message: 'Hi' })),
  )
  for (const { body } of sent) {
    await hermod.messageUntil(key, body.data.id, ({ status }) => status === 'sent' || status === 'failed')
    await call('GET', `/messages/${body.data.id}`, { key })
  }
  rules.clear()
}

interface Dump {
  table: string
  rows: string[]
}

/** Every row of every table of every schema as text, and the bytes in it once more as the text that they may be. */
async function dumpDatabase(): Promise<Dump[]> {
  const tables = await sql.query<{ schema: string; name: string; bytes: string[] | null }>(
    `select t.table_schema as schema, t.table_name as name,
            array_agg(c.column_name::text) filter (where c.data_type = 'bytea') as bytes
       from information_schema.tables t
       join information_schema.columns c using (table_schema, table_name)
      where t.table_type = 'BASE TABLE' and t.table_schema not in ('pg_catalog', 'information_schema')
      group by 1, 2 order by 1, 2`,
  )
  const dump: Dump[] = []
  for (const { schema, name, bytes } of tables) {
    const decoded = (bytes ?? []).map((column) => `|| ' ' || coalesce(encode("${column}", 'escape'), '')`)
    const rows = await sql.query<{ row: string }>(
      `select t::text ${decoded.join(' ')} as row from "${schema}"."${name}" t`,
    )
    dump.push({ table: `${schema}.${name}`, rows: rows.map(({ row }) => row) })
  }
  return dump
}

/** The ways in which a secret may be written down. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const decoded = Buffer.from(secret, 'base64')
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    // Keys and webhook secrets are themselves hex or base64 of bytes.
    decoded.toString('hex'),
    Buffer.from(secret, 'hex').toString('base64').replace(/=+$/, ''),
  ].filter((form) => form.length >= 16)
}

/** The names of the secrets that a text holds in any form, whatever the case. */
function secretsIn(text: string): string[] {
  const folded = text.toLowerCase()
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => folded.includes(form.toLowerCase())))
    .map(([name]) => name)
}

test('the search finds a secret in any of its forms', () => {
  const secret = own.whatsappAppSecret
  for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')]) {
    expect(secretsIn(`...${form}...`)).toEqual(['whatsappAppSecret'])
  }
  expect(Object.keys(secrets).toSorted()).toEqual(
    [
      'META_APP_SECRET',
      'META_VERIFY_TOKEN',
      'REGISTRATION_TOKEN',
      'apiKey',
      'badToken',
      'secretsKey',
      'webhookSecret',
      'whatsappAccessToken',
      'whatsappAppSecret',
      'whatsappVerifyToken',
    ].toSorted(),
  )
})

test('a dump of the whole database, the queue’s tables included, holds no secret', async () => {
  const dump = await dumpDatabase()
  const filled = dump.filter(({ rows }) => rows.length > 0).map(({ table }) => table)
  expect(filled).toEqual(
    expect.arrayContaining([
      'public.accounts',
      'public.api_keys',
      'public.callbacks',
      'public.messages',
      'public.provider_attempts',
      'public.sessions',
      'public.webhook_deliveries',
      'public.webhook_endpoints',
    ]),
  )
  expect(dump.some(({ table }) => !table.startsWith('public.') || table.includes('bullmq'))).toBe(true)
  const found = dump.flatMap(({ table, rows }) =>
    rows.flatMap((row) => secretsIn(row).map((secret) => `${secret} in ${table}`)),
  )
  expect(found).toEqual([])
})

test('the log, at its most talkative and without redaction, holds no secret', () => {
  expect(log.length).toBeGreaterThan(2)
  expect(log.flatMap((line) => secretsIn(line).map((secret) => `${secret} in ${line}`))).toEqual([])
})

test('no answer of the API holds a secret, but for the two that show one once', () => {
  expect(answers.length).toBeGreaterThan(30)
  expect(answers.flatMap((text) => secretsIn(text).map((secret) => `${secret} in ${text}`))).toEqual([])
})

test('what goes to the account’s webhook holds no secret', () => {
  expect(hermod.receiver.deliveries.length).toBeGreaterThan(3)
  const texts = hermod.receiver.deliveries.map(({ body, headers }) => body + JSON.stringify(headers))
  expect(texts.flatMap(secretsIn)).toEqual([])
})
