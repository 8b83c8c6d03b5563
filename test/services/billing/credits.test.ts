import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { topUpCredits } from '../../../src/services/billing/credits.ts'
import { postCallback, statusCallback } from '../../support/callbacks.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { connectSender, letGracePass, type TestSender } from '../../support/senders.ts'
import { startTestService, until, type Answer, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

let hermod: TestService
let other: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService({ env: { CREDITS: 'enforced' } })
  // A second process on the same database. It reaches Meta through the stand-in of the first.
  other = await startTestService({
    env: { CREDITS: 'enforced', DATABASE_URL: hermod.databaseUrl, META_GRAPH_URL: hermod.graph.url },
  })
  sql = await connectSql(hermod.databaseUrl)
  hermod.graph.control.rules.add({ when: { to: '14155550404' }, outcome: { kind: 'error', code: 131_026 } })
})
afterAll(async () => {
  await expectBalancedLedgers()
  await sql.end()
  await other.stop()
  await hermod.stop()
})

const later = () => new Date(Date.now() + 3_600_000).toISOString()
const refusing = '14155550404'

interface Purse {
  balance: number
  mode: string
  entries: { kind: string; amount: number; balance: number; messageId: string | null; note: string | null }[]
}

async function purseOf(key: string): Promise<Purse> {
  return (await hermod.call('GET', '/billing/credits?limit=200', { key })).body.data
}

async function richSender(credits: number): Promise<TestSender> {
  const sender = await connectSender(hermod)
  const accountId = (await hermod.call('GET', '/auth/me', { key: sender.key })).body.data.id
  if (credits > 0) {
    await topUpCredits(hermod.service.ctx, { accountId, amount: credits, note: 'test', reference: null })
  }
  return sender
}

/** Every balance is the sum of its account's entries, never below zero, and each line continues the one before. */
async function expectBalancedLedgers(): Promise<void> {
  const wrong = await sql.query(
    `select a.id from accounts a
      where a.credits <> (select coalesce(sum(amount), 0) from credit_entries where account_id = a.id)
         or a.credits < 0
     union all
     select account_id from (
       select account_id, balance, sum(amount) over (partition by account_id order by seq) as running
         from credit_entries) e
      where balance <> running or balance < 0
     union all
     select m.account_id from messages m
      where m.credits <> -(select coalesce(sum(amount), 0) from credit_entries where message_id = m.id)`,
  )
  expect(wrong).toEqual([])
}

const sendTo = (service: TestService, sender: TestSender, fields: object = {}): Promise<Answer> =>
  service.call('POST', '/send-message', {
    key: sender.key,
    body: { to: sender.recipient(), message: 'Hi', ...fields },
  })

test('a message costs one credit, and what is left and how it came can be read a page at a time', async () => {
  const sender = await richSender(3)
  const id = await sender.send()
  expect(await purseOf(sender.key)).toMatchObject({
    balance: 2,
    mode: 'enforced',
    entries: [
      { kind: 'debit', amount: -1, balance: 2, messageId: id, note: null },
      { kind: 'grant', amount: 3, balance: 3, messageId: null, note: 'test' },
    ],
  })
  const page = (query: string) => hermod.call('GET', `/billing/credits?limit=1${query}`, { key: sender.key })
  const first = await page('')
  const second = await page(`&cursor=${first.body.pagination.nextCursor}`)
  expect([first, second].map(({ body }) => body.data.entries[0].kind)).toEqual(['debit', 'grant'])
  expect(second.body.pagination.nextCursor).toBeNull()
})

test('of 64 sends at once over two processes with 10 credits exactly 10 are accepted', async () => {
  const sender = await richSender(10)
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index) => sendTo(index % 2 === 0 ? hermod : other, sender)),
  )
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(10)
  const refused = answers.filter(({ status }) => status !== 202)
  for (const answer of refused) expectRefusal(answer, { status: 402, code: 'insufficient_credits' })
  expect(refused[0]?.body.error).toMatch(/needs 1 credit and your account has 0 left/)
  const balance = await purseOf(sender.key)
  expect(balance.balance).toBe(0)
  expect(balance.entries.filter(({ kind }) => kind === 'debit')).toHaveLength(10)
  expect((await hermod.call('GET', '/messages', { key: sender.key })).body.pagination.total).toBe(10)
  await expectBalancedLedgers()
})

test('accounts that send at once in one batch each pay their own, and bulk and single never pay twice', async () => {
  const senders = await Promise.all(Array.from({ length: 6 }, () => richSender(8)))
  const bulk = (sender: TestSender) =>
    hermod.call('POST', '/messages/bulk', {
      key: sender.key,
      body: { messages: Array.from({ length: 5 }, () => ({ to: sender.recipient(), message: 'Hi' })) },
    })
  const answers = await Promise.all(
    senders.flatMap((sender) => [
      ...Array.from({ length: 10 }, (_, index) => sendTo(index % 2 === 0 ? hermod : other, sender)),
      bulk(sender),
      bulk(sender),
    ]),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 402]))
  const accepted = await Promise.all(
    senders.map(async ({ key }) => (await hermod.call('GET', '/messages', { key })).body.pagination.total),
  )
  expect(accepted).toEqual(senders.map(() => 8))
  await expectBalancedLedgers()
})

test('a repeated request is not charged again, also with an empty balance', async () => {
  const sender = await richSender(1)
  const body = { to: sender.recipient(), message: 'Once' }
  const headers = { 'idempotency-key': 'paid-once' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? hermod : other).call('POST', '/send-message', { key: sender.key, body, headers }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  expect(new Set(answers.map((answer) => answer.body.data.id)).size).toBe(1)
  expect((await purseOf(sender.key)).balance).toBe(0)
  const fresh = { 'idempotency-key': 'never-paid' }
  const refused = await hermod.call('POST', '/send-message', { key: sender.key, body, headers: fresh })
  expect(refused.status).toBe(402)
})

test('a refusal for want of credits takes no idempotency key', async () => {
  const sender = await richSender(0)
  const request = {
    key: sender.key,
    body: { to: sender.recipient(), message: 'Later' },
    headers: { 'idempotency-key': 'try-again' },
  }
  expect((await hermod.call('POST', '/send-message', request)).status).toBe(402)
  const accountId = (await hermod.call('GET', '/auth/me', { key: sender.key })).body.data.id
  await topUpCredits(hermod.service.ctx, { accountId, amount: 1, note: null, reference: null })
  const answer = await hermod.call('POST', '/send-message', request)
  expect(answer.status).toBe(202)
  expect(answer.headers.has('idempotency-replayed')).toBe(false)
})

test('dry runs, test keys and the sandbox cost nothing', async () => {
  const sender = await richSender(0)
  const made = await hermod.call('POST', '/keys', { key: sender.key, body: { name: 'Test', mode: 'test' } })
  const body = { to: sender.recipient(), message: 'Free' }
  const requests = [
    { key: sender.key, body: { ...body, dry_run: true } },
    { key: sender.key, body: { ...body, session: 'sandbox' } },
    { key: made.body.data.apiKey, body },
  ]
  for (const request of requests) {
    expect((await hermod.call('POST', '/send-message', request)).status).toBe(202)
  }
  const bulk = { key: made.body.data.apiKey, body: { messages: [body, body] } }
  expect((await hermod.call('POST', '/messages/bulk', bulk)).body.data.queued).toBe(2)
  expect((await purseOf(sender.key)).entries).toEqual([])
})

describe('a bulk request', () => {
  const items = (sender: TestSender, count: number) =>
    Array.from({ length: count }, (_, index) => ({ to: sender.recipient(), message: `Hi ${index}` }))

  test('that the balance does not reach for is accepted as far as it goes, and tells which items are left', async () => {
    const sender = await richSender(3)
    const messages: object[] = items(sender, 6)
    messages[1] = { message: 'to nobody' }
    messages[5] = { ...messages[5], session: 'sandbox' }
    const answer = await hermod.call('POST', '/messages/bulk', { key: sender.key, body: { messages } })
    expect(answer).toMatchObject({
      status: 202,
      body: { data: { totalMessages: 6, queued: 4, failedCount: 2 } },
    })
    expect(answer.body.data.errors.map(({ index }: { index: number }) => index)).toEqual([1, 4])
    expect(answer.body.data.errors[1].error).toMatch(/has 0 left/)
    const batch = await hermod.call('GET', `/batches/${answer.body.data.batchId}`, { key: sender.key })
    expect(batch.body.data).toMatchObject({ totalMessages: 6, failedCount: 2 })
    expect((await purseOf(sender.key)).balance).toBe(0)
  })

  test('of which nothing can be paid is refused whole', async () => {
    const sender = await richSender(0)
    const body = { messages: items(sender, 3) }
    const answer = await hermod.call('POST', '/messages/bulk', { key: sender.key, body })
    expectRefusal(answer, { status: 402, code: 'insufficient_credits' })
    expect(answer.body.error).toMatch(/needs 3 credits and your account has 0 left/)
  })

  test('that is repeated is answered as the first time and not charged again', async () => {
    const sender = await richSender(2)
    const request = {
      key: sender.key,
      body: { messages: items(sender, 3) },
      headers: { 'idempotency-key': 'bulk' },
    }
    const answers = await Promise.all([
      hermod.call('POST', '/messages/bulk', request),
      other.call('POST', '/messages/bulk', request),
    ])
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(answers[0]?.body).toEqual(answers[1]?.body)
    expect(answers[0]?.body.data).toMatchObject({ queued: 2, failedCount: 1 })
    expect((await purseOf(sender.key)).balance).toBe(0)
  })
})

describe('credits come back', () => {
  test('when a message is canceled, once however often it is canceled', async () => {
    const sender = await richSender(1)
    const id = await sender.send({ sendAt: later() })
    await Promise.all(
      [hermod, other, hermod, other].map((one) => one.call('DELETE', `/messages/${id}`, { key: sender.key })),
    )
    const balance = await purseOf(sender.key)
    expect(balance.balance).toBe(1)
    expect(balance.entries[0]).toMatchObject({ kind: 'refund', amount: 1, messageId: id })
    expect(balance.entries.filter(({ kind }) => kind === 'refund')).toHaveLength(1)
  })

  test('when Meta refuses a message', async () => {
    const sender = await richSender(1)
    const id = await sender.send({ to: refusing })
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')
    expect((await purseOf(sender.key)).balance).toBe(1)
  })

  test('when a message expires in the line', async () => {
    const sender = await richSender(1)
    const id = await sender.send({ sendAt: later(), ttlSeconds: 60 })
    await sql.query(
      `update messages set due_at = now() - interval '2 hours', wake_at = now(), expires_at = now() - interval '1 hour'
        where id = $1`,
      [id],
    )
    await letGracePass(hermod)
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'expired')
    expect((await purseOf(sender.key)).balance).toBe(1)
  })
})

describe('credits do not come back', () => {
  test('when a message fails after Meta took it', async () => {
    const sender = await richSender(1)
    const to = sender.recipient()
    hermod.graph.control.rules.add({ when: { to }, callbacks: { statuses: [] } })
    const id = await sender.send({ to })
    const { externalId } = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'sent')
    const failed = statusCallback(sender.phoneNumberId, [
      { wamid: String(externalId), status: 'failed', correlationId: id },
    ])
    await postCallback(hermod, failed)
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')
    expect((await purseOf(sender.key)).balance).toBe(0)
    // It was paid for: the retry costs nothing more.
    const retried = await hermod.call('POST', `/messages/${id}/retry`, { key: sender.key })
    expect(retried.status).toBe(202)
    expect((await purseOf(sender.key)).balance).toBe(0)
  })

  test('when nobody knows whether Meta took it', async () => {
    const sender = await richSender(1)
    const to = sender.recipient()
    await sql.query(`update sessions set on_unknown = 'fail' where sender_id = $1`, [sender.phoneNumberId])
    hermod.graph.control.rules.add({ when: { to }, outcome: { kind: 'drop', accepted: false } })
    const id = await sender.send({ to })
    const message = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')
    expect(message['errorCode']).toBe('outcome_unknown')
    expect((await purseOf(sender.key)).balance).toBe(0)
  })
})

describe('a retry of a message whose credit came back', () => {
  async function refundedMessage(sender: TestSender): Promise<string> {
    const id = await sender.send({ to: refusing })
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')
    return id
  }

  test('is paid again, and gives back again', async () => {
    const sender = await richSender(1)
    const id = await refundedMessage(sender)
    const retries = await Promise.all(
      [hermod, other].map((one) => one.call('POST', `/messages/${id}/retry`, { key: sender.key })),
    )
    expect(retries.some(({ status }) => status === 202)).toBe(true)
    await until(
      async () => purseOf(sender.key),
      ({ entries }) => entries.filter(({ kind }) => kind === 'refund').length >= 2,
      'the second refund',
    )
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')
    expect((await purseOf(sender.key)).balance).toBe(1)
    await expectBalancedLedgers()
  })

  test('is refused with an empty balance, and the message stays failed', async () => {
    const sender = await richSender(1)
    const id = await refundedMessage(sender)
    await sender.send()
    const answer = await hermod.call('POST', `/messages/${id}/retry`, { key: sender.key })
    expectRefusal(answer, { status: 402, code: 'insufficient_credits' })
    expect((await hermod.call('GET', `/messages/${id}`, { key: sender.key })).body.data.status).toBe('failed')
    expect((await purseOf(sender.key)).balance).toBe(0)
  })
})

test('with CREDITS=off the balance is told and nothing is charged', async () => {
  const free = await startTestService()
  try {
    const sender = await connectSender(free)
    await sender.send()
    const bulk = { messages: [{ to: sender.recipient(), message: 'Hi' }] }
    await free.call('POST', '/messages/bulk', { key: sender.key, body: bulk })
    const answer = await free.call('GET', '/billing/credits', { key: sender.key })
    expect(answer.body.data).toEqual({ balance: 0, mode: 'off', entries: [] })
  } finally {
    await free.stop()
  }
})

test('what credits refuse does not count as a message of the day', async () => {
  const limited = await startTestService({ env: { CREDITS: 'enforced', MESSAGES_PER_DAY: '100' } })
  try {
    const sender = await connectSender(limited)
    const accountId = (await limited.call('GET', '/auth/me', { key: sender.key })).body.data.id
    const messages = Array.from({ length: 100 }, () => ({ to: sender.recipient(), message: 'Hi' }))
    const send = () => limited.call('POST', '/messages/bulk', { key: sender.key, body: { messages } })
    expect((await send()).status).toBe(402)
    await topUpCredits(limited.service.ctx, { accountId, amount: 40, note: null, reference: null })
    expect((await send()).body.data.queued).toBe(40)
    const rates = await limited.service.ctx.db.query<{ count: number }>(
      '',
      `select count from rate_windows where key like 'day:%'`,
      [],
    )
    expect(rates.map(({ count }) => count)).toEqual([40])
  } finally {
    await limited.stop()
  }
})
