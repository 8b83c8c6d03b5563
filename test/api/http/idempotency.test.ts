import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectInvalid, expectRefusal } from '../../support/refusal.ts'
import { startTestService, type Answer, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

let hermod: TestService
let sql: Sql
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
  key = await hermod.connect()
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

const body = { to: '14155552671', message: 'Hi', metadata: { order: { id: 1, lines: [1, 2] }, note: 'x' } }

let made = 0
const newIdempotencyKey = () => `key-${(made += 1)}`

function sendWith(idempotencyKey: string, overrides: { as?: string; body?: unknown; raw?: string } = {}) {
  const { as = key, ...rest } = { body, ...overrides }
  return hermod.call('POST', '/send-message', {
    key: as,
    ...rest,
    headers: { 'idempotency-key': idempotencyKey },
  })
}

const idOf = (answer: Answer): string => answer.body.data.id
const isReplay = (answer: Answer) => answer.headers.get('idempotency-replayed') === 'true'

async function messagesOf(as: string): Promise<number> {
  return (await hermod.call('GET', '/messages', { key: as })).body.pagination.total
}

test('a repeated request is answered as the first time, says so, and sends nothing', async () => {
  const idempotencyKey = newIdempotencyKey()
  const first = await sendWith(idempotencyKey)
  expect(first.status).toBe(202)
  expect(first.headers.has('idempotency-replayed')).toBe(false)
  await hermod.messageUntil(key, idOf(first), ({ status }) => status === 'read')

  const again = await sendWith(idempotencyKey)
  expect(isReplay(again)).toBe(true)
  expect({ status: again.status, body: again.body }).toEqual({ status: first.status, body: first.body })
  expect(hermod.graph.control.ledger.timesAccepted(idOf(first))).toBe(1)
})

test('a scheduled send is repeated with the same time', async () => {
  const idempotencyKey = newIdempotencyKey()
  const scheduled = { ...body, sendAt: new Date(Date.now() + 3_600_000).toISOString() }
  const first = await sendWith(idempotencyKey, { body: scheduled })
  const again = await sendWith(idempotencyKey, { body: scheduled })
  expect(first.body.data).toMatchObject({ status: 'scheduled', scheduledFor: scheduled.sendAt })
  expect(isReplay(again)).toBe(true)
  expect(again.body).toEqual(first.body)
})

test('50 equal requests at once make one message', async () => {
  const account = await hermod.connect()
  const answers = await Promise.all(Array.from({ length: 50 }, () => sendWith('storm', { as: account })))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  expect(new Set(answers.map(idOf)).size).toBe(1)
  expect(answers.filter(isReplay)).toHaveLength(49)
  expect(await messagesOf(account)).toBe(1)
})

test('50 different requests at once with one key make one message, and the others are refused', async () => {
  const account = await hermod.connect()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      sendWith('race', { as: account, body: { ...body, message: `Hi ${index}` } }),
    ),
  )
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
  for (const answer of answers.filter(({ status }) => status !== 202)) {
    expectRefusal(answer, { status: 409, code: 'idempotency_conflict' })
  }
  expect(await messagesOf(account)).toBe(1)
})

test('the order of the fields and the blanks between them do not matter', async () => {
  const idempotencyKey = newIdempotencyKey()
  const first = await sendWith(idempotencyKey)
  const raw = `{ "metadata": {"note":"x", "order": {"lines":[1, 2],"id":1}},
    "message": "\\u0048i", "to": "14155552671" }`
  const again = await sendWith(idempotencyKey, { raw })
  expect(isReplay(again)).toBe(true)
  expect(idOf(again)).toBe(idOf(first))
})

test.each([
  ['text', { ...body, message: 'Hello' }],
  ['recipient', { ...body, to: '14155552672' }],
  ['metadata', { ...body, metadata: { order: { id: 2 } } }],
  ['order of a list', { ...body, metadata: { ...body.metadata, order: { id: 1, lines: [2, 1] } } }],
  ['further field', { ...body, priority: 'high' }],
])('the same key with a different %s is refused', async (_what, different) => {
  const idempotencyKey = newIdempotencyKey()
  await sendWith(idempotencyKey)
  const answer = await sendWith(idempotencyKey, { body: different })
  expectRefusal(answer, { status: 409, code: 'idempotency_conflict' })
})

test('two accounts use the same key without a conflict', async () => {
  const other = await hermod.connect()
  const mine = await sendWith('shared')
  const theirs = await sendWith('shared', { as: other, body: { ...body, message: 'Another text' } })
  expect(theirs.status).toBe(202)
  expect(isReplay(theirs)).toBe(false)
  expect(idOf(theirs)).not.toBe(idOf(mine))
})

test('a key is kept for 24 hours, and is new after them', async () => {
  const idempotencyKey = newIdempotencyKey()
  const first = await sendWith(idempotencyKey)
  const [record] = await sql.query<{ ms: string }>(
    `select extract(epoch from k.expires_at - m.created_at) * 1000 as ms
       from idempotency_keys k join messages m on m.id = (k.response->>'id')::uuid where k.key = $1`,
    [idempotencyKey],
  )
  expect(Number(record?.ms)).toBe(24 * 3_600 * 1_000)

  await sql.query(`update idempotency_keys set expires_at = now() - interval '1 second' where key = $1`, [
    idempotencyKey,
  ])
  const different = { ...body, message: 'A day later' }
  const later = await sendWith(idempotencyKey, { body: different })
  expect(later.status).toBe(202)
  expect(isReplay(later)).toBe(false)
  expect(idOf(later)).not.toBe(idOf(first))

  const again = await sendWith(idempotencyKey, { body: different })
  expect(isReplay(again)).toBe(true)
  expect(idOf(again)).toBe(idOf(later))
})

test('a request that was refused uses no key', async () => {
  const account = await hermod.register()
  expectInvalid(await sendWith('again', { as: account, body: { ...body, to: 'nobody' } }), 'body.to')
  expectInvalid(await sendWith('again', { as: account, body: { to: '14155552671' } }), 'body.message')
  expectRefusal(await sendWith('again', { as: account }), { status: 409, code: 'credentials_missing' })
  const records = await sql.query(`select key from idempotency_keys where key = 'again'`)
  expect(records).toEqual([])

  const good = await sendWith('again', { as: account, body: { ...body, session: 'sandbox' } })
  expect(good.status).toBe(202)
  expect(isReplay(good)).toBe(false)
})

test('a quoted key and the same one bare are one', async () => {
  const idempotencyKey = newIdempotencyKey()
  const bare = await sendWith(idempotencyKey)
  const quoted = await sendWith(`"${idempotencyKey}"`)
  expect(isReplay(quoted)).toBe(true)
  expect(idOf(quoted)).toBe(idOf(bare))
})

test('without a key every request is a message of its own', async () => {
  const first = await hermod.call('POST', '/send-message', { key, body })
  const second = await hermod.call('POST', '/send-message', { key, body })
  expect(idOf(second)).not.toBe(idOf(first))
})
