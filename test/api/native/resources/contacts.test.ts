import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '../../../../src/services/accounts/api-keys.ts'
import { signatureOf } from '../../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { connectSender, type TestSender } from '../../../support/senders.ts'
import { startTestService, testAppSecret, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

const hourMs = 3_600_000
let hermod: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

/** A sender whose number is proven, so that it is given what customers write. */
async function verifiedSender(): Promise<TestSender> {
  const sender = await connectSender(hermod)
  const answer = await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
  expect(answer.status).toBe(200)
  return sender
}

interface Words {
  from?: string
  userId?: string
  agoMs?: number
  wamid?: string
  part?: Record<string, unknown>
}

let said = 0

/** A customer writes to a sender. */
async function say(sender: TestSender, words: Words): Promise<void> {
  said += 1
  const { from, userId, agoMs = 0, wamid = `wamid.said-${said}` } = words
  const { part = { type: 'text', text: { body: 'Hello' } } } = words
  const card = { profile: { name: 'Ana' }, wa_id: from, user_id: userId }
  const message = {
    from,
    from_user_id: userId,
    id: wamid,
    timestamp: String(Math.floor((Date.now() - agoMs) / 1_000)),
    ...part,
  }
  const metadata = { display_phone_number: '15550783881', phone_number_id: sender.phoneNumberId }
  const value = { messaging_product: 'whatsapp', metadata, contacts: [card], messages: [message] }
  const raw = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
  })
  const headers = { 'x-hub-signature-256': signatureOf(raw, testAppSecret) }
  const answer = await hermod.call('POST', '/webhooks/whatsapp', { raw, headers })
  expect(answer.status).toBe(200)
}

const windowOf = async (key: string, address: string, query = '') =>
  (await hermod.call('GET', `/contacts/${encodeURIComponent(address)}/window${query}`, { key })).body.data

describe('the window of a customer', () => {
  test('is open for 24 hours from their last message', async () => {
    const sender = await verifiedSender()
    const from = sender.recipient()
    expect(await windowOf(sender.key, from)).toEqual({
      address: from,
      open: false,
      lastInboundAt: null,
      closesAt: null,
    })
    await say(sender, { from })
    const { lastInboundAt, ...rest } = await windowOf(sender.key, from)
    expect(rest).toEqual({
      address: from,
      open: true,
      closesAt: new Date(Date.parse(lastInboundAt) + 24 * hourMs).toISOString(),
    })
    const { body } = await hermod.call('GET', '/messages?direction=inbound', { key: sender.key })
    expect(body.data[0].createdAt).toBe(lastInboundAt)
    expect(await windowOf(sender.key, `+${from}`)).toEqual({ ...rest, lastInboundAt })
  })

  test('closes, and tells when it did', async () => {
    const sender = await verifiedSender()
    const from = sender.recipient()
    await say(sender, { from, agoMs: 25 * hourMs })
    const window = await windowOf(sender.key, from)
    expect(window.open).toBe(false)
    expect(Date.parse(window.closesAt) - Date.parse(window.lastInboundAt)).toBe(24 * hourMs)
    await say(sender, { from, agoMs: 23 * hourMs })
    expect((await windowOf(sender.key, from)).open).toBe(true)
  })

  test('never goes back: not for a late message, and not for one that comes again', async () => {
    const sender = await verifiedSender()
    const from = sender.recipient()
    await say(sender, { from, agoMs: 26 * hourMs, wamid: `wamid.old-${from}` })
    await say(sender, { from, agoMs: hourMs })
    const window = await windowOf(sender.key, from)
    await say(sender, { from, agoMs: 2 * hourMs })
    await say(sender, { from, agoMs: 0, wamid: `wamid.old-${from}` })
    expect(await windowOf(sender.key, from)).toEqual(window)
  })

  test('is not opened by what WhatsApp itself tells of them', async () => {
    const sender = await verifiedSender()
    const from = sender.recipient()
    await say(sender, { from, part: { type: 'system', system: { body: 'changed their number' } } })
    expect((await windowOf(sender.key, from)).open).toBe(false)
  })

  test('is theirs by number and by business-scoped user id', async () => {
    const sender = await verifiedSender()
    const [from, userId] = [sender.recipient(), 'US.13491208655302741918']
    await say(sender, { from, userId })
    expect((await windowOf(sender.key, from)).open).toBe(true)
    expect(await windowOf(sender.key, userId)).toMatchObject({ address: userId, open: true })
  })

  test('is the sender’s that they wrote to', async () => {
    const sender = await verifiedSender()
    const from = sender.recipient()
    await say(sender, { from })
    expect((await windowOf(sender.key, from, '?session=default')).open).toBe(true)
    expect((await windowOf(sender.key, from, '?session=sandbox')).open).toBe(false)
    const path = `/contacts/${from}/window?session=nobody`
    const missing = await hermod.call('GET', path, { key: sender.key })
    expectRefusal(missing, { status: 404, code: 'session_not_found' })
  })

  test('is not another account’s', async () => {
    const [sender, other] = [await verifiedSender(), await verifiedSender()]
    const from = sender.recipient()
    await say(sender, { from })
    expect(await windowOf(other.key, from)).toMatchObject({ open: false, lastInboundAt: null })
  })

  test('cannot be asked for what is no address', async () => {
    const key = await hermod.register()
    for (const address of ['nobody', '12', '+', 'us.1']) {
      const answer = await hermod.call('GET', `/contacts/${address}/window`, { key })
      expectInvalid(answer, 'params.address')
    }
  })
})

describe('a send', () => {
  const sendAs = async (
    key: string,
    fields: Record<string, unknown>,
    headers: Record<string, string> = {},
  ) => {
    const answer = await hermod.call('POST', '/send-message', {
      key,
      body: { message: 'Hi', ...fields },
      headers,
    })
    expect(answer.status).toBe(202)
    return answer.body.data
  }

  /** A sender that customers write to. */
  async function heardSender(): Promise<{ sender: TestSender; customer: string }> {
    const sender = await verifiedSender()
    const customer = sender.recipient()
    await say(sender, { from: customer })
    return { sender, customer }
  }

  test('to a customer whose window is open is answered without a warning', async () => {
    const { sender, customer } = await heardSender()
    expect(await sendAs(sender.key, { to: customer })).toEqual({
      id: expect.any(String),
      status: 'queued',
      scheduledFor: null,
    })
  })

  test.each<[string, Record<string, unknown>]>([
    ['a text', { message: 'Hi' }],
    ['an image', { message: undefined, media: { type: 'image', url: 'https://example.com/a.png' } }],
    ['a place', { message: undefined, location: { latitude: 1, longitude: 2 } }],
  ])('of %s to anybody else is accepted with a warning that says what to do', async (_what, fields) => {
    const { sender } = await heardSender()
    const data = await sendAs(sender.key, { to: sender.recipient(), ...fields })
    expect(data).toEqual({
      id: expect.any(String),
      status: 'queued',
      scheduledFor: null,
      warning: expect.stringMatching(/has not written to this sender.*24 hours.*template/),
    })
    expect((await hermod.call('GET', `/messages/${data.id}`, { key: sender.key })).status).toBe(200)
  })

  test('to a customer whose window has closed says when they last wrote', async () => {
    const { sender } = await heardSender()
    const to = sender.recipient()
    await say(sender, { from: to, agoMs: 30 * hourMs })
    const { lastInboundAt } = await windowOf(sender.key, to)
    expect((await sendAs(sender.key, { to })).warning).toContain(lastInboundAt)
  })

  test('that goes out after the window has closed is warned of', async () => {
    const { sender, customer } = await heardSender()
    const at = (ms: number) => new Date(Date.now() + ms).toISOString()
    expect(await sendAs(sender.key, { to: customer, sendAt: at(23 * hourMs) })).not.toHaveProperty('warning')
    expect(await sendAs(sender.key, { to: customer, sendAt: at(25 * hourMs) })).toHaveProperty('warning')
  })

  test('of a template, through the sandbox, as a dry run or with a test key is not warned of', async () => {
    const { sender } = await heardSender()
    const to = sender.recipient()
    const { body: me } = await hermod.call('GET', '/auth/me', { key: sender.key })
    const { secret } = await createApiKey(hermod.service.ctx, {
      accountId: me.data.id,
      name: 'test',
      mode: 'test',
    })
    const answers = [
      await sendAs(sender.key, { to, message: undefined, template: { name: 'hello_world' } }),
      await sendAs(sender.key, { to, session: 'sandbox' }),
      await sendAs(sender.key, { to, dry_run: true }),
      await sendAs(secret, { to }),
    ]
    expect(answers.filter((data) => 'warning' in data)).toEqual([])
  })

  test('of an account that nobody ever wrote to is not warned of: its callbacks may go elsewhere', async () => {
    const sender = await verifiedSender()
    expect(await sendAs(sender.key, { to: sender.recipient() })).not.toHaveProperty('warning')
    await say(sender, { from: sender.recipient() })
    expect(await sendAs(sender.key, { to: sender.recipient() })).toHaveProperty('warning')
  })

  test('that is repeated is answered with the warning of the first time', async () => {
    const { sender } = await heardSender()
    const to = sender.recipient()
    const headers = { 'idempotency-key': 'warned' }
    const first = await sendAs(sender.key, { to }, headers)
    await say(sender, { from: to })
    expect(await sendAs(sender.key, { to }, headers)).toEqual(first)
    expect(first).toHaveProperty('warning')
  })

  test('in bulk tells which of its items are warned of', async () => {
    const { sender, customer } = await heardSender()
    const messages = [
      { to: customer, message: 'In time' },
      { to: 'nobody', message: 'Wrong' },
      { to: sender.recipient(), message: 'Too late' },
      { to: sender.recipient(), template: { name: 'hello_world' } },
    ]
    const { body } = await hermod.call('POST', '/messages/bulk', { key: sender.key, body: { messages } })
    expect(body.data).toMatchObject({ queued: 3, failedCount: 1, errors: [{ index: 1 }] })
    expect(body.data.warnings).toEqual([{ index: 2, warning: expect.stringContaining('template') }])
  })
})

describe('an inbound message', () => {
  test('tells who wrote what to whom, alone and in the list', async () => {
    const sender = await verifiedSender()
    const from = sender.recipient()
    const part = {
      type: 'image',
      image: { id: '1', mime_type: 'image/jpeg', caption: 'Like this' },
      context: { id: 'wamid.asked' },
    }
    await say(sender, { from, part, wamid: `wamid.${from}` })
    const { body } = await hermod.call('GET', '/messages?direction=inbound', { key: sender.key })
    expect(body.data).toMatchObject([
      {
        direction: 'inbound',
        status: 'received',
        from,
        to: expect.stringMatching(/^1646200\d{4}$/),
        profileName: 'Ana',
        type: 'image',
        body: 'Like this',
        replyTo: 'wamid.asked',
        externalId: `wamid.${from}`,
      },
    ])
    const [message] = body.data
    const alone = await hermod.call('GET', `/messages/${message.id}`, { key: sender.key })
    expect(alone.body.data).toEqual({ ...message, provider: null, timeline: [], attempts: [] })
  })

  test('is to the id of a number that was not verified, where the account’s own secret proved it', async () => {
    const sender = await connectSender(hermod)
    const appSecret = 'secret-of-its-own'
    const { body: saved } = await hermod.call('PUT', '/auth/me/credentials', {
      key: sender.key,
      body: {
        whatsappAccessToken: sender.accessToken,
        whatsappPhoneNumberId: sender.phoneNumberId,
        whatsappAppSecret: appSecret,
      },
    })
    const value = {
      messaging_product: 'whatsapp',
      metadata: { phone_number_id: sender.phoneNumberId },
      messages: [
        { from: '16505551234', id: 'wamid.own', timestamp: '1750030073', type: 'text', text: { body: 'Hi' } },
      ],
    }
    const raw = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
    })
    await hermod.call('POST', `/webhooks/whatsapp/${saved.data.sessionId}`, {
      raw,
      headers: { 'x-hub-signature-256': signatureOf(raw, appSecret) },
    })
    const { body } = await hermod.call('GET', '/messages?direction=inbound', { key: sender.key })
    expect(body.data).toMatchObject([{ to: sender.phoneNumberId, from: '16505551234', profileName: null }])
  })

  test('has what an outbound one has not: a customer who wrote', async () => {
    const sender = await connectSender(hermod)
    const to = sender.recipient()
    const id = await sender.send({ to })
    const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
    expect(body.data).toMatchObject({ to, from: null, profileName: null, replyTo: null })
  })
})

test('a customer who has not written for longer than things are kept is forgotten', async () => {
  const brief = await startTestService({ env: { RETENTION_DAYS: '1', DATABASE_URL: hermod.databaseUrl } })
  const sender = await verifiedSender()
  try {
    const [old, fresh] = [sender.recipient(), sender.recipient()]
    const accountId = (await hermod.call('GET', '/auth/me', { key: sender.key })).body.data.id
    await sql.query(
      `insert into contact_aliases (account_id, address, canonical, learned_at)
       values ($1, '14155550001', '14155550003', now() - interval '25 hours'), ($1, '14155550002', '14155550003', now())`,
      [accountId],
    )
    await say(sender, { from: fresh })
    await say(sender, { from: old, agoMs: 25 * hourMs })
    const rows = () =>
      sql.query<{ address: string }>('select address from contact_windows where address = any($1)', [
        [old, fresh],
      ])
    await expect.poll(rows, { timeout: 20_000 }).toEqual([{ address: fresh }])
    const aliases = () => sql.query('select address from contact_aliases where account_id = $1', [accountId])
    await expect.poll(aliases, { timeout: 20_000 }).toEqual([{ address: '14155550002' }])
  } finally {
    await brief.stop()
  }
})
