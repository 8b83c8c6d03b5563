import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { customerCallback, postCallback } from '../../support/callbacks.ts'
import { expectInvalid } from '../../support/refusal.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startTestService, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

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

let said = 0

async function say(sender: TestSender, from: string, body: string): Promise<void> {
  said += 1
  const message = { from, id: `wamid.conversation-${said}`, type: 'text', text: { body } }
  expect((await postCallback(hermod, customerCallback(sender.phoneNumberId, message))).status).toBe(200)
}

async function verifiedSender(): Promise<TestSender> {
  const sender = await connectSender(hermod)
  await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
  return sender
}

/** Follows the cursors of a list to its end. */
async function walk(path: string, key: string): Promise<any[]> {
  const found: any[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`
    const answer = await hermod.call('GET', `${path}${more}`, { key })
    expect(answer.status).toBe(200)
    found.push(...answer.body.data)
    cursor = answer.body.pagination.nextCursor
  }
  return found
}

describe('a conversation', () => {
  let sender: TestSender
  let customer: string
  const lines = ['one', 'two', 'three', 'four', 'five']

  beforeAll(async () => {
    sender = await verifiedSender()
    customer = sender.recipient()
    for (const [index, line] of lines.entries()) {
      if (index % 2 === 0) await say(sender, customer, line)
      else await sender.send({ to: customer, message: line })
    }
    await sender.send({ to: sender.recipient(), message: 'to somebody else' })
    await say(sender, sender.recipient(), 'from somebody else')
  })

  const bodies = (messages: { body: string }[]) => messages.map(({ body }) => body)

  test('has the messages of both directions, the newest or the oldest first', async () => {
    const list = (query: string) => walk(`/messages?with=${customer}${query}`, sender.key)
    expect(bodies(await list(''))).toEqual(lines.toReversed())
    expect(bodies(await list('&order=asc'))).toEqual(lines)
    expect(bodies(await list('&order=asc&direction=inbound'))).toEqual(['one', 'three', 'five'])
    expect(bodies(await list('&direction=outbound'))).toEqual(['four', 'two'])
    expect(bodies(await list('&session=sandbox'))).toEqual([])
    expect(bodies(await list(`&from=${new Date(Date.now() + 60_000).toISOString()}`))).toEqual([])
  })

  test.each(['asc', 'desc'])('is walked by cursors without a gap or a repeat: %s', async (order) => {
    const found = bodies(await walk(`/messages?with=${customer}&order=${order}&limit=2`, sender.key))
    expect(found).toEqual(order === 'asc' ? lines : lines.toReversed())
  })

  test('is read from its beginning while messages are still on their way', async () => {
    const other = sender.recipient()
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    hermod.graph.control.rules.add({ when: { to: other }, delayMs: 1_000 })
    const [later, now] = [
      await sender.send({ to: other, message: 'later', sendAt }),
      await sender.send({ to: other, message: 'now' }),
    ]
    const found = await walk(`/messages?with=${other}&order=asc&limit=1`, sender.key)
    expect(found.map(({ id }) => id)).toEqual([later, now])
  })

  test('is not another account’s', async () => {
    const other = await verifiedSender()
    expect(await walk(`/messages?with=${customer}`, other.key)).toEqual([])
    expect(await walk('/contacts?limit=20', other.key)).toEqual([])
  })

  test.each([
    ['with=nobody', 'query.with'],
    ['with=14155552671&to=14155552672', 'query.with'],
    ['order=newest', 'query.order'],
  ])('that is asked for wrongly names the field: %s', async (query, path) => {
    expectInvalid(await hermod.call('GET', `/messages?${query}`, { key: sender.key }), path)
  })
})

test('any list can be read from its oldest message', async () => {
  const sender = await connectSender(hermod)
  const ids = [await sender.send(), await sender.send(), await sender.send()]
  for (const query of ['', '&session=default', '&direction=outbound']) {
    const found = await walk(`/messages?order=asc&limit=2${query}`, sender.key)
    expect(found.map(({ id }) => id)).toEqual(ids)
  }
})

describe('the list of conversations', () => {
  test('has everybody once, by the last message of either direction, page by page', async () => {
    const sender = await verifiedSender()
    const [ana, ben, cat] = [sender.recipient(), sender.recipient(), sender.recipient()]
    await say(sender, ana, 'Hi')
    await sender.send({ to: ben, message: 'Hello Ben' })
    await sender.send({ to: cat, message: 'Hello Cat' })
    await sender.send({ to: cat, message: 'Hello again, Cat' })
    await sender.send({ to: ana, message: 'Hello Ana' })
    await say(sender, ben, 'Who are you?')
    for (const limit of [20, 1]) {
      const found = await walk(`/contacts?limit=${limit}`, sender.key)
      expect(found.map(({ address, open, lastMessage }) => [address, open, lastMessage.body])).toEqual([
        [ben, true, 'Who are you?'],
        [ana, true, 'Hello Ana'],
        [cat, false, 'Hello again, Cat'],
      ])
      expect(found[0].lastMessage).toMatchObject({ direction: 'inbound', status: 'received' })
    }
  })

  test('finds those behind thousands of messages to one', async () => {
    const sender = await connectSender(hermod)
    const { body: me } = await hermod.call('GET', '/auth/me', { key: sender.key })
    const quiet = sender.recipient()
    await sender.send({ to: quiet, message: 'Long ago' })
    await sql.query(
      `insert into messages (id, account_id, session_id, status, lane, address, content, body, due_at, created_at)
       select hermod_uuidv7(), s.account_id, s.id, 'sent', 'normal', '14155550199',
              '{"type":"text","body":"Hi"}', 'Hi', now(), now()
         from sessions s, generate_series(1, 2500) n where s.account_id = $1 and s.name = 'default'`,
      [me.data.id],
    )
    const found = await walk('/contacts?limit=5', sender.key)
    expect(found.map(({ address }) => address)).toEqual(['14155550199', quiet])
  })
})
