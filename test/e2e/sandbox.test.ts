import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectInvalid, expectRefusal } from '../support/refusal.ts'
import { connectSender } from '../support/senders.ts'
import { startTestService, until, type TestService } from '../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const customer = '14155552671'

interface Sandbox {
  key: string
  /** What the account's endpoint was told of inbound messages, the oldest first. */
  heard(): any[]
  play(body: Record<string, unknown>): Promise<any>
  send(body: Record<string, unknown>): Promise<string>
}

let accounts = 0

/** An account with a sandbox in which everything happens at once, and an endpoint for what customers write. */
async function sandboxAccount(): Promise<Sandbox> {
  const key = await hermod.register()
  const sessions = await hermod.call('GET', '/sessions', { key })
  const settings = { latencyMs: 0, deliveredAfterMs: 0, readAfterMs: 0 }
  await hermod.call('PATCH', `/sessions/${sessions.body.data[0].id}`, { key, body: { settings } })
  accounts += 1
  const path = `/sandbox-${accounts}`
  const endpoint = { url: `${hermod.receiver.url}${path}`, events: ['message.received'], ordered: true }
  expect((await hermod.call('POST', '/webhook-endpoints', { key, body: endpoint })).status).toBe(201)
  return {
    key,
    heard: () =>
      hermod.receiver.deliveries.filter((one) => one.path === path).map(({ body }) => JSON.parse(body).data),
    async play(body) {
      const answer = await hermod.call('POST', '/sessions/sandbox/inbound', {
        key,
        body: { from: customer, ...body },
      })
      expect(answer).toMatchObject({ status: 201 })
      return answer.body.data
    },
    async send(body) {
      const answer = await hermod.call('POST', '/send-message', {
        key,
        body: { to: customer, session: 'sandbox', ...body },
      })
      expect(answer).toMatchObject({ status: 202 })
      return answer.body.data.id
    },
  }
}

const some = (heard: () => any[], count = 1) =>
  until(heard, ({ length }) => length >= count, 'inbound messages')

describe('a customer’s message that is played', () => {
  const raw = {
    type: 'text',
    text: { body: 'I saw your ad' },
    referral: { source_type: 'ad', ctwa_clid: 'click-1' },
  }
  test.each<[string, Record<string, unknown>, { type: string; body: string | null; content: unknown }]>([
    ['a text', { message: 'Hello' }, { type: 'text', body: 'Hello', content: { message: 'Hello' } }],
    [
      'a button that was tapped',
      { reply: { type: 'button', id: 'yes', title: 'Yes' } },
      { type: 'interactive', body: 'Yes', content: { reply: { type: 'button', id: 'yes', title: 'Yes' } } },
    ],
    [
      'a row that was chosen',
      { reply: { type: 'list', id: 'r1', title: 'Red', description: 'Like roses' } },
      {
        type: 'interactive',
        body: 'Red',
        content: { reply: { type: 'list', id: 'r1', description: 'Like roses' } },
      },
    ],
    [
      'a flow that was filled in',
      { reply: { type: 'flow', id: 'flow', title: 'Sent', response: '{"size":"L"}' } },
      { type: 'interactive', body: 'Sent', content: { reply: { type: 'flow', response: '{"size":"L"}' } } },
    ],
    [
      'a place',
      { location: { latitude: 1.5, longitude: 2.5, name: 'Home' } },
      {
        type: 'location',
        body: 'Home',
        content: { location: { latitude: 1.5, longitude: 2.5, name: 'Home' } },
      },
    ],
    [
      'a contact card',
      { contacts: [{ name: { formatted_name: 'Ben' } }] },
      { type: 'contacts', body: 'Ben', content: { contacts: [{ name: { formatted_name: 'Ben' } }] } },
    ],
    [
      'a reaction',
      { reaction: { messageId: 'wamid.x', emoji: '👍' } },
      { type: 'reaction', body: '👍', content: { reaction: { messageId: 'wamid.x', emoji: '👍' } } },
    ],
    ['anything in Meta’s words', { raw }, { type: 'text', body: 'I saw your ad', content: {} }],
  ])('is stored and told as one of a callback: %s', async (_what, body, expected) => {
    const { key, play, heard } = await sandboxAccount()
    const played = await play({ ...body, profileName: 'Sarah' })
    const read = await hermod.call('GET', `/messages/${played.id}`, { key })
    expect(read.body.data).toMatchObject({
      direction: 'inbound',
      status: 'received',
      from: customer,
      to: 'sandbox',
      profileName: 'Sarah',
      ...expected,
    })
    const { type, body: words } = expected
    expect(await some(heard)).toMatchObject([{ messageId: played.id, from: customer, type, body: words }])
    expect((await hermod.call('GET', `/contacts/${customer}/window`, { key })).body.data.open).toBe(true)
  })

  test.each([
    ['image', 'image/png', '89504e47'],
    ['audio', 'audio/mpeg', 'fffb'],
    ['video', 'video/mp4', '0000001866747970'],
    ['sticker', 'image/webp', '52494646'],
    ['document', 'application/pdf', '255044462d'],
  ])('with a file has one that can be downloaded: %s', async (type, mimeType, beginning) => {
    const { key, play } = await sandboxAccount()
    const { id } = await play({
      media: { type, ...(type !== 'audio' && type !== 'sticker' && { caption: 'Look' }) },
    })
    const file = await fetch(`${hermod.url}/messages/${id}/media`, {
      headers: { authorization: `Bearer ${key}` },
    })
    expect({ status: file.status, type: file.headers.get('content-type') }).toEqual({
      status: 200,
      type: mimeType,
    })
    const bytes = Buffer.from(await file.arrayBuffer())
    expect(bytes.toString('hex').startsWith(beginning)).toBe(true)
    expect(bytes).toHaveLength(Number(file.headers.get('content-length')))
  })

  test('answers a message of the account by either of its ids', async () => {
    const { key, play, send } = await sandboxAccount()
    const id = await send({ message: 'Which one?' })
    const { externalId } = await hermod.messageUntil(key, id, ({ status }) => status === 'read')
    for (const replyTo of [id, externalId]) {
      const played = await play({ message: 'That one', replyTo })
      const read = await hermod.call('GET', `/messages/${played.id}`, { key })
      expect(read.body.data.replyTo).toBe(externalId)
    }
  })

  test.each([
    ['nobody', { from: 'nobody', message: 'Hi' }, 'body.from'],
    ['a group instead of its member', { from: 'Y2FwaV9ncm91cDoxMjM=', message: 'Hi' }, 'body.from'],
    ['nothing', {}, 'body.message'],
    ['two things', { message: 'Hi', location: { latitude: 1, longitude: 2 } }, 'body.location'],
    ['too much', { raw: { type: 'text', text: { body: 'x'.repeat(70_000) } } }, 'body.raw'],
    [
      'an answer to what is not there',
      { message: 'Hi', replyTo: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59' },
      'body.replyTo',
    ],
    ['an unknown field', { message: 'Hi', text: 'Hi' }, 'body.text'],
  ])('that says wrongly names the field: %s', async (_what, body, path) => {
    const key = await hermod.register()
    const answer = await hermod.call('POST', '/sessions/sandbox/inbound', {
      key,
      body: { from: customer, ...body },
    })
    expectInvalid(answer, path)
  })

  test('comes to a sandbox of the account only', async () => {
    const sender = await connectSender(hermod)
    const body = { from: customer, message: 'Hi' }
    const real = await hermod.call('POST', '/sessions/default/inbound', { key: sender.key, body })
    expectInvalid(real, 'params.id')
    const other = await hermod.register()
    const { body: sessions } = await hermod.call('GET', '/sessions', { key: other })
    const foreign = await hermod.call('POST', `/sessions/${sessions.data[0].id}/inbound`, {
      key: sender.key,
      body,
    })
    expectRefusal(foreign, { status: 404, code: 'session_not_found' })
    // What a sandbox plays is no sign that real customers can be heard.
    expect((await hermod.call('POST', '/sessions/sandbox/inbound', { key: sender.key, body })).status).toBe(
      201,
    )
    const sent = await hermod.call('POST', '/send-message', {
      key: sender.key,
      body: { to: sender.recipient(), message: 'Hi' },
    })
    expect(sent.body.data).not.toHaveProperty('warning')
  })
})

describe('the customer of the sandbox answers by themselves', () => {
  const buttons = {
    type: 'button',
    body: { text: 'Shall we?' },
    action: {
      buttons: [
        { type: 'reply', reply: { id: 'yes', title: 'Yes' } },
        { type: 'reply', reply: { id: 'no', title: 'No' } },
      ],
    },
  }
  const list = {
    type: 'list',
    body: { text: 'Which?' },
    action: {
      button: 'Open',
      sections: [{ title: 'S', rows: [{ id: 'r1', title: 'Red', description: 'Deep' }] }],
    },
  }
  const template = {
    name: 'asks',
    language: 'en_US',
    components: [
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: '0',
        parameters: [{ type: 'payload', payload: 'STOP' }],
      },
    ],
  }

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['to a text that begins with reply:', { message: 'reply: hello' }, { type: 'text', body: 'hello' }],
    ['with a file', { message: 'Reply with an image' }, { type: 'image', media: { mimeType: 'image/png' } }],
    ['with an order', { message: 'reply with order' }, { type: 'order', body: 'Two of them, please' }],
    ['with what we cannot read', { message: 'reply with unsupported' }, { type: 'unsupported', body: null }],
    ['by tapping the first button', { interactive: buttons }, { type: 'interactive', body: 'Yes' }],
    ['by choosing the first row', { interactive: list }, { type: 'interactive', body: 'Red' }],
    ['by tapping the button of a template', { template }, { type: 'button', body: 'STOP' }],
  ])('%s', async (_what, body, expected) => {
    const { key, send, heard } = await sandboxAccount()
    const id = await send(body)
    const [received] = await some(heard)
    expect(received).toMatchObject({ from: customer, ...expected })
    const { externalId } = await hermod.messageUntil(key, id, ({ status }) => status === 'read')
    if ('message' in body) expect(received.replyTo).toBeNull()
    else expect(received.replyTo).toBe(externalId)
  })

  test('only once they have read it, and to nothing else', async () => {
    const { key, send, heard } = await sandboxAccount()
    await send({ to: '14155550101', message: 'reply: never' })
    await send({ message: 'Please reply: not at the beginning' })
    await send({ message: 'reply: at last' })
    expect((await some(heard)).map(({ body }) => body)).toEqual(['at last'])
    expect((await hermod.call('GET', '/messages?direction=inbound', { key })).body.data).toHaveLength(1)
  })

  test('and is not driven in circles by a bot that answers every tap with buttons', async () => {
    const { key, send, heard } = await sandboxAccount()
    for (let sends = 0; sends < 15; sends += 1) await send({ interactive: buttons })
    const last = await send({ message: 'reply: enough' })
    await hermod.messageUntil(key, last, ({ status }) => status === 'read')
    const told = await until(heard, (all) => all.some(({ body }) => body === 'enough'), 'the last answer')
    expect(told.filter(({ body }) => body === 'Yes')).toHaveLength(10)
  })
})

test('a send through the sandbox that does not fit a template of its own is refused, other names go out', async () => {
  const { key, send } = await sandboxAccount()
  const body = (template: unknown) => ({ to: customer, session: 'sandbox', template })
  const wrong = await hermod.call('POST', '/send-message', { key, body: body({ name: 'order_ready' }) })
  expectInvalid(wrong, 'body.template.components')
  const absent = await hermod.call('POST', '/send-message', {
    key,
    body: body({ name: 'otp', language: 'xx' }),
  })
  expectInvalid(absent, 'body.template.language')
  await send({ template: { name: 'hello_world', language: 'en-US' } })
  await send({ template: { name: 'one_of_mine', language: 'de' } })
  await send({ template: { name: 'order_ready', language: 'de' }, dry_run: true })
})
