import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../../src/kit/log.ts'
import { approveCodeTemplate, connectBusiness } from '../../support/businesses.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

// What becomes of a code after it was asked for: templates, senders that have their turn, events, and secrecy.

const lines: string[] = []
let hermod: TestService
let sql: Sql
beforeAll(async () => {
  const log = createLog('trace', { write: (line) => void lines.push(line) })
  hermod = await startTestService({ overrides: { log } })
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

let numbers = 0
function newNumber(): string {
  numbers += 1
  return `1646${String(3_000_000 + numbers * 10_000 + 11)}`
}

const call = (key: string, method: string, path: string, body?: unknown) =>
  hermod.call(method, path, { key, body })

async function send(key: string, body: Record<string, unknown>) {
  const answer = await call(key, 'POST', '/otp', body)
  expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ success: true })])
  return answer.body.data
}

/** The events of a verification that a path of the receiver was told, by their types, when all of these came. */
async function told(path: string, id: string, types: string[]) {
  const events = () =>
    hermod.receiver.deliveries
      .filter((delivery) => delivery.path === path)
      .map((delivery) => JSON.parse(delivery.body))
      .filter((event) => event.data.id === id)
  await until(
    () => events().map(({ type }) => type),
    (found) => types.every((type) => found.includes(type)),
    `${types.join(', ')} of ${id}`,
  )
  return new Map(events().map((event) => [event.type, event]))
}

/** The reasons of the failures of a verification that its callback URL was told, in their order. */
function failuresOf(id: string): string[] {
  return hermod.receiver.deliveries
    .filter(({ path }) => path === '/callback?of=me' || path === '/callback')
    .map(({ body }) => JSON.parse(body))
    .filter(({ type, data }) => type === 'otp.failed' && data.id === id)
    .map(({ data }) => data.reason)
}

/** The texts of the template messages that Meta took for a number. */
function handedOver(to: string): { language: string; code: string; button: string }[] {
  return hermod.graph.control.ledger.byRecipient(to).map(({ body }) => {
    const template: any = body?.['template']
    const [text, button] = template.components.map((one: any) => one.parameters[0].text)
    return { language: template.language.code, code: text, button }
  })
}

/** Makes the time of the next sender come, as if the service had waited for it. */
async function letFallbackTimePass(id: string): Promise<void> {
  await sql.query(`update otp_sends set at = at - interval '10 minutes' where verification_id = $1`, [id])
  await sql.query('update otp_verifications set wake_at = now() where id = $1', [id])
}

/** An account with a Cloud number whose template for codes is approved. */
async function newBusiness() {
  const business = await connectBusiness(hermod, [])
  await approveCodeTemplate(hermod, business)
  return business
}

async function newSandbox(
  key: string,
  name: string,
  settings: Record<string, unknown> = {},
): Promise<string> {
  const answer = await call(key, 'POST', '/sessions', { provider: 'sandbox', name, settings })
  expect([answer.status, answer.body]).toEqual([201, expect.anything()])
  return answer.body.data.id
}

test('a Cloud number sends the template of the service, in the best language that is approved', async () => {
  const business = await connectBusiness(hermod, [])
  const { key } = business
  const to = newNumber()
  const missing = await call(key, 'POST', '/otp', { to })
  expect([missing.status, missing.body.code]).toEqual([409, 'otp_template_missing'])
  expect(missing.body.error).toContain('POST /otp/services/default/template')

  const shown = await call(key, 'POST', '/otp/services/default/template', {
    languages: ['en_US'],
    preview: true,
  })
  expect(shown.body.data.languages).toEqual([
    expect.objectContaining({
      language: 'en_US',
      status: null,
      preview: expect.objectContaining({ footer: expect.stringContaining('5 minutes') }),
    }),
  ])
  expect((await call(key, 'GET', '/templates')).body.data).toEqual([])
  const made = await approveCodeTemplate(hermod, business, ['en_US', 'es', 'pt-BR'])
  expect(made.body.data.languages.map((one: any) => [one.language, one.status])).toEqual([
    ['en_US', 'PENDING'],
    ['es', 'PENDING'],
    ['pt_BR', 'PENDING'],
  ])

  const sent = await send(key, { to, locale: 'en' })
  expect([sent.channel, sent.locale]).toEqual(['whatsapp-cloud', 'en_US'])
  const [message] = await until(
    () => handedOver(to),
    (messages) => messages.length > 0,
  )
  expect(message).toEqual({
    language: 'en_US',
    code: expect.stringMatching(/^\d{6}$/),
    button: message?.code,
  })
  const read = await call(key, 'GET', `/messages/${sent.messageId}`)
  expect(JSON.stringify(read.body)).not.toContain(message?.code)
  expect(read.body.data.body).toContain('*••••••* is your verification code')
  const retried = await call(key, 'POST', `/messages/${sent.messageId}/retry`)
  expect([retried.status, retried.body.code]).toEqual([409, 'message_not_retryable'])
  expect((await call(key, 'POST', '/otp/verify', { to, code: message?.code })).body.data.valid).toBe(true)

  const languages = { es: 'es', 'pt-PT': 'pt_BR', fr: 'en_US' }
  for (const [locale, language] of Object.entries(languages)) {
    expect((await send(key, { to: newNumber(), locale })).locale).toBe(language)
  }
  expect((await send(key, { to: '5511987654321' })).locale).toBe('pt_BR')
})

test('a Meta that takes the message and never answers: the code of each message is the same, and verifies', async () => {
  const { key } = await newBusiness()
  const to = newNumber()
  hermod.graph.control.rules.add({ when: { to, nth: 1 }, outcome: { kind: 'hang', accepted: true } })
  const sent = await send(key, { to })
  await hermod.messageUntil(key, sent.messageId, ({ status }) =>
    ['sent', 'delivered', 'read'].includes(status),
  )
  const codes = handedOver(to).map(({ code }) => code)
  expect(codes.length).toBeLessThanOrEqual(2)
  expect(new Set(codes).size).toBe(1)
  expect((await call(key, 'POST', '/otp/verify', { id: sent.id, code: codes[0] })).body.data.valid).toBe(true)
})

test('the next sender has its turn at once when the first one refuses, with the same code', async () => {
  const { key } = await newBusiness()
  const service = await call(key, 'GET', '/otp/services/default')
  const { templates } = service.body.data
  const saved = await call(key, 'PUT', '/otp/services/default', { templates, fallbackSessions: ['sandbox'] })
  expect(saved.status).toBe(200)
  const to = newNumber()
  hermod.graph.control.rules.add({ when: { to }, outcome: { kind: 'error', code: 131_026 } })
  const sent = await send(key, { to, code: '573920' })
  expect(sent.channel).toBe('whatsapp-cloud')
  const detail = await until(
    async () => (await call(key, 'GET', `/otp/${sent.id}`)).body.data,
    ({ messages }) => messages.length === 2 && messages[1].deliveredAt !== null,
    'the second message',
  )
  expect(detail.messages.map(({ kind, status }: any) => [kind, status === 'failed'])).toEqual([
    ['first', true],
    ['fallback', false],
  ])
  expect([detail.channel, detail.sends]).toEqual(['sandbox', 1])
  const shown = await call(key, 'GET', `/messages/${detail.messages[1].id}`)
  expect(shown.body.data.body).toContain('573920')
  expect((await call(key, 'POST', '/otp/verify', { to, code: '573920' })).body.data.valid).toBe(true)
})

test('and when its time is up without a delivery; a delivered code goes to nobody else', async () => {
  const key = await hermod.register()
  await newSandbox(key, 'silent', { scenario: 'stalled_at_sent' })
  await call(key, 'PUT', '/otp/services/slow', {
    session: 'silent',
    fallbackSessions: ['sandbox'],
    fallbackAfterSeconds: 600,
  })
  const late = await send(key, { to: newNumber(), service: 'slow' })
  await hermod.messageUntil(key, late.messageId, ({ status }) => status === 'sent')
  await letFallbackTimePass(late.id)
  await until(
    async () => (await call(key, 'GET', `/otp/${late.id}`)).body.data,
    ({ messages }) => messages.length === 2,
    'the second sender',
  )
  await call(key, 'PUT', '/otp/services/fine', {
    session: 'sandbox',
    fallbackSessions: ['silent'],
    fallbackAfterSeconds: 600,
  })
  const fine = await send(key, { to: newNumber(), service: 'fine' })
  await hermod.messageUntil(key, fine.messageId, ({ status }) => status === 'delivered' || status === 'read')
  await letFallbackTimePass(fine.id)
  await until(
    async () =>
      (await sql.query('select wake_at > now() as waits from otp_verifications where id = $1', [fine.id]))[0],
    (row) => row?.waits === true,
    'the look at it',
  )
  expect((await call(key, 'GET', `/otp/${fine.id}`)).body.data.messages).toHaveLength(1)
})

test('events tell the course of a code to endpoints and to the callback URL, and expiry ends it', async () => {
  const key = await hermod.register()
  await call(key, 'PUT', '/auth/me/webhook', { url: `${hermod.receiver.url}/unheard` })
  const types = ['otp.sent', 'otp.delivered', 'otp.verified', 'otp.failed', 'otp.expired']
  const url = `${hermod.receiver.url}/heard`
  expect((await call(key, 'POST', '/webhook-endpoints', { url, events: types })).status).toBe(201)
  const callbackUrl = `${hermod.receiver.url}/callback?of=me`
  const session = 'sandbox'
  const to = newNumber()
  const good = await send(key, { to, session, code: '864201', callbackUrl, metadata: { user: 7 } })
  await hermod.messageUntil(key, good.messageId, ({ status }) => status === 'read')
  await call(key, 'POST', '/otp/verify', { to, code: '864201' })
  const course = await told('/heard', good.id, ['otp.sent', 'otp.delivered', 'otp.verified'])
  expect(course.get('otp.verified').data).toEqual(
    expect.objectContaining({
      to,
      status: 'verified',
      attempts: 1,
      metadata: { user: 7 },
      channel: 'sandbox',
    }),
  )
  await told('/callback', good.id, ['otp.sent', 'otp.delivered', 'otp.verified'])

  const lost = await send(key, { to: newNumber(), session, callbackUrl })
  await sql.query(
    `update otp_verifications set expires_at = now() - interval '1 second', wake_at = now() where id = $1`,
    [lost.id],
  )
  await told('/callback', lost.id, ['otp.expired'])
  const judged = await call(key, 'POST', '/otp/verify', { id: lost.id, code: '111111' })
  expect(judged.body.data).toEqual(expect.objectContaining({ status: 'expired', reason: 'expired' }))

  const worn = await send(key, { to: newNumber(), session, callbackUrl, code: '864202' })
  for (let n = 0; n < 5; n += 1) await call(key, 'POST', '/otp/verify', { id: worn.id, code: '000000' })
  const failed = await told('/callback', worn.id, ['otp.failed'])
  expect(failed.get('otp.failed').data.reason).toBe('max_attempts')

  const unreachable = await send(key, { to: '14155550104', session, callbackUrl })
  const undelivered = await told('/callback', unreachable.id, ['otp.failed'])
  expect(undelivered.get('otp.failed').data).toEqual(
    expect.objectContaining({ reason: 'undeliverable', status: 'pending' }),
  )
  const again = await send(key, { to: '14155550104', session })
  expect([again.id, again.resent]).toEqual([unreachable.id, true])
  await until(
    () => failuresOf(unreachable.id),
    ({ length }) => length === 2,
    'the second loss is told too',
  )
  await call(key, 'DELETE', `/otp/${unreachable.id}`)
  const reasons = await until(
    () => failuresOf(unreachable.id),
    ({ length }) => length === 3,
    'the end is told',
  )
  expect(reasons).toEqual(['undeliverable', 'undeliverable', 'canceled'])

  const sums = (await call(key, 'GET', '/otp/analytics')).body.data
  expect(sums.total).toEqual(expect.objectContaining({ verified: 1, expired: 1, failed: 2 }))
  const inside = await call(key, 'POST', '/otp', {
    to: newNumber(),
    session,
    callbackUrl: 'https://169.254.169.254/',
  })
  expect([inside.status, inside.body.details[0].path]).toEqual([400, 'body.callbackUrl'])
})

test('a recipient who presses that they did not ask for a code cancels it, and it counts against their prefix', async () => {
  const { key, phoneNumberId } = await newBusiness()
  const url = `${hermod.receiver.url}/reports`
  await call(key, 'POST', '/webhook-endpoints', { url, events: ['otp.reported'] })
  const to = newNumber()
  const sent = await send(key, { to, clientIp: '198.51.100.4' })
  const message = await hermod.messageUntil(key, sent.messageId, ({ externalId }) => externalId !== null)
  const code = handedOver(to)[0]?.code
  hermod.graph.control.inbound({
    phoneNumberId,
    from: to,
    repeat: 2,
    message: {
      type: 'button',
      button: { payload: 'DID_NOT_REQUEST_CODE', text: 'I didn’t request a code' },
      context: { id: message['externalId'] },
    },
  })
  const reported = await told('/reports', sent.id, ['otp.reported'])
  expect(reported.get('otp.reported').data.status).toBe('canceled')
  expect((await call(key, 'POST', '/otp/verify', { to, code })).body.data.reason).toBe('canceled')
  const { body } = await call(key, 'GET', '/otp/decisions')
  expect(body.data.filter(({ kind }: any) => kind === 'report')).toEqual([
    expect.objectContaining({ to, client: '198.51.100.4', reasons: ['reported_by_customers'] }),
  ])
})

test('three such recipients of a prefix are noted, and block it where the service says so', async () => {
  const { key, phoneNumberId } = await newBusiness()
  const base = Number(newNumber())
  for (const n of [0, 50, 100]) {
    const to = String(base + n)
    const sent = await send(key, { to })
    const message = await hermod.messageUntil(key, sent.messageId, ({ externalId }) => externalId !== null)
    hermod.graph.control.inbound({
      phoneNumberId,
      from: to,
      message: {
        type: 'button',
        button: { payload: 'DID_NOT_REQUEST_CODE', text: 'I didn’t request a code' },
        context: { id: message['externalId'] },
      },
    })
    await until(
      async () => (await call(key, 'GET', `/otp/${sent.id}`)).body.data.status,
      (status) => status === 'canceled',
      'the report',
    )
  }
  await send(key, { to: String(base + 200) })
  const noted = await call(key, 'GET', '/otp/decisions?blocked=shadow')
  expect(noted.body.data.map(({ reasons }: any) => reasons)).toEqual([['reported_by_customers']])
  await call(key, 'PUT', '/otp/services/strict', { fraud: 'enforce' })
  for (const n of [300, 400]) {
    const refused = await call(key, 'POST', '/otp', { to: String(base + n), service: 'strict' })
    expect([refused.status, refused.body.code]).toEqual([429, 'prefix_blocked'])
  }
})

test('a void code that has not left yet does not, and none leaves after the right one was given', async () => {
  const { key } = await newBusiness()
  await call(key, 'PUT', '/otp/services/quick', { resendWaitSeconds: [0] })
  const to = newNumber()
  hermod.graph.control.rules.add({ when: { to }, times: 1, outcome: { kind: 'error', code: 131_000 } })
  const first = await send(key, { to, service: 'quick', code: '100001' })
  await hermod.messageUntil(key, first.messageId, ({ status }) => status === 'retrying')
  const second = await send(key, { to, service: 'quick', code: '200002' })
  await hermod.messageUntil(key, first.messageId, ({ status }) => status === 'canceled')
  await hermod.messageUntil(
    key,
    second.messageId,
    ({ status }) => status !== 'queued' && status !== 'processing',
  )
  expect(handedOver(to).map(({ code }) => code)).not.toContain('100001')

  const other = newNumber()
  hermod.graph.control.rules.add({ when: { to: other }, times: 1, outcome: { kind: 'error', code: 131_000 } })
  const late = await send(key, { to: other, code: '300003' })
  await hermod.messageUntil(key, late.messageId, ({ status }) => status === 'retrying')
  await call(key, 'POST', '/otp/verify', { id: late.id, code: '300003' })
  await hermod.messageUntil(key, late.messageId, ({ status }) => status === 'canceled')
})

test('the pending code of a number is the one that is judged, however the clocks of processes differ', async () => {
  const key = await hermod.register()
  const to = newNumber()
  const before = await send(key, { to, session: 'sandbox', code: '111222' })
  await call(key, 'POST', '/otp/verify', { to, code: '111222' })
  // As if it had been written by a process whose clock is ahead: ids begin with a time.
  await sql.query(`update otp_verifications set id = 'fffffff0-0000-7000-8000-000000000001' where id = $1`, [
    before.id,
  ])
  await send(key, { to, session: 'sandbox', code: '333444' })
  expect((await call(key, 'POST', '/otp/verify', { to, code: '333444' })).body.data.valid).toBe(true)
})

test('no code stands in the clear in the database, the log, the queue or a webhook', async () => {
  const { key } = await newBusiness()
  await call(key, 'PUT', '/auth/me/webhook', { url: `${hermod.receiver.url}/all` })
  const codes = ['9517462', '8426913', '7391825']
  const [sandboxed = '', refused = '', idempotent = ''] = codes
  await send(key, { to: newNumber(), session: 'sandbox', code: sandboxed })
  const to = newNumber()
  hermod.graph.control.rules.add({
    when: { to },
    outcome: { kind: 'error', code: 132_012, details: `body: parameter ${refused} is not as expected` },
  })
  const failed = await send(key, { to, code: refused })
  const options = { key, body: { to: newNumber(), code: idempotent }, headers: { 'idempotency-key': 'once' } }
  const last = await hermod.call('POST', '/otp', options)
  await hermod.messageUntil(key, failed.messageId, ({ status }) => status === 'failed')
  await hermod.messageUntil(
    key,
    last.body.data.messageId,
    ({ status }) => status === 'read' || status === 'delivered',
  )
  await call(key, 'POST', '/otp/verify', { id: last.body.data.id, code: idempotent })

  const tables = await sql.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`,
    [],
  )
  const dump: string[] = []
  for (const { name } of tables) {
    const rows = await sql.query<{ row: string }>(`select t::text as row from ${name} t`)
    dump.push(...rows.map(({ row }) => row))
  }
  expect(dump.length).toBeGreaterThan(50)
  const hooks = hermod.receiver.deliveries.map(({ body }) => body)
  const everything = [...dump, ...lines, ...hooks].join('\n')
  expect(lines.length).toBeGreaterThan(50)
  for (const code of codes) {
    expect(everything).not.toContain(code)
    expect(everything).not.toContain(Buffer.from(code).toString('hex'))
    expect(everything).not.toContain(Buffer.from(code).toString('base64'))
  }
})
