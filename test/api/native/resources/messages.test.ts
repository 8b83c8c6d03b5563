import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '../../../../src/services/accounts/api-keys.ts'
import { customerCallback, inboundCallback, postCallback } from '../../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type MessageView, type TestService } from '../../../support/service.ts'
import { connectSql } from '../../../support/sql.ts'

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  key = await hermod.connect()
})
afterAll(() => hermod.stop())

const to = '14155552671'
const phoneNumberId = '106540352242922'

async function send(body: Record<string, unknown>, as = key): Promise<string> {
  const answer = await hermod.call('POST', '/send-message', { key: as, body: { to, ...body } })
  expect(answer).toMatchObject({ status: 202, body: { success: true } })
  return answer.body.data.id
}

const isSettled = ({ status }: MessageView) => status === 'read' || status === 'failed'
const messageOf = (id: string, as = key) => hermod.messageUntil(as, id, isSettled)

/** What the fake Graph was sent for a message. */
async function sentToGraph(id: string): Promise<unknown> {
  const message = await messageOf(id)
  expect(message).toMatchObject({ status: 'read' })
  const [accepted, ...more] = hermod.graph.control.ledger.byCorrelation(id)
  expect(more).toEqual([])
  return accepted?.body
}

const link = 'https://files.example.com/a'
const text = (value: string) => ({ type: 'text', text: value })
const buttonBody = {
  type: 'button',
  header: { type: 'image', image: { link } },
  body: { text: 'Does Tuesday suit you?' },
  footer: { text: 'Jaspers Market' },
  action: {
    buttons: [
      { type: 'reply', reply: { id: 'yes', title: 'Yes' } },
      { type: 'reply', reply: { id: 'no', title: 'No' } },
    ],
  },
}
const listBody = {
  type: 'list',
  header: { type: 'text', text: 'Shipping' },
  body: { text: 'Which one?' },
  footer: { text: 'Tap below' },
  action: {
    button: 'Choose',
    sections: [
      { title: 'Fast', rows: [{ id: 'express', title: 'Express', description: 'Tomorrow' }] },
      { title: 'Cheap', rows: [{ id: 'mail', title: 'Mail' }] },
    ],
  },
}
const card = {
  name: { formatted_name: 'Ana Silva', first_name: 'Ana', last_name: 'Silva' },
  birthday: '1990-12-31',
  phones: [{ phone: '+14155552671', type: 'CELL', wa_id: to }],
  emails: [{ email: 'ana@example.com', type: 'WORK' }],
  urls: [{ url: 'https://example.com', type: 'WORK' }],
  addresses: [{ street: '1 Main St', city: 'Menlo Park', country_code: 'us', type: 'HOME' }],
  org: { company: 'Jaspers Market', title: 'Owner' },
}
const headers = {
  image: { type: 'header', parameters: [{ type: 'image', image: { link } }] },
  video: { type: 'header', parameters: [{ type: 'video', video: { id: '1013859600285441' } }] },
  document: { type: 'header', parameters: [{ type: 'document', document: { link, filename: 'a.pdf' } }] },
  location: {
    type: 'header',
    parameters: [
      {
        type: 'location',
        location: { latitude: '37.48', longitude: '-122.15', name: 'HQ', address: '1 Hacker Way' },
      },
    ],
  },
}
const values = {
  type: 'body',
  parameters: [
    text('Sarah'),
    { type: 'text', parameter_name: 'order', text: '#1042' },
    { type: 'currency', currency: { fallback_value: '$100.99', code: 'USD', amount_1000: 100_990 } },
    { type: 'date_time', date_time: { fallback_value: 'February 25, 1977' } },
  ],
}
const button = (sub_type: string, index: string, parameter: unknown) => ({
  type: 'button',
  sub_type,
  index,
  parameters: [parameter],
})
const buttons = [
  button('quick_reply', '0', { type: 'payload', payload: 'STOP' }),
  button('url', '1', text('track/1042')),
  button('copy_code', '2', { type: 'coupon_code', coupon_code: '25OFF' }),
  button('flow', '3', { type: 'action', action: { flow_token: 'abc' } }),
]
const offer = {
  type: 'limited_time_offer',
  parameters: [{ type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: 1_893_456_000_000 } }],
}
const carousel = {
  type: 'carousel',
  cards: [{ card_index: 0, components: [headers.image, values, button('url', '0', text('a'))] }],
}

function templateOf(components: unknown[]) {
  return { template: { name: 'order_ready', language: 'en_US', components } }
}
const metaTemplateOf = (components: unknown[]) => ({
  type: 'template',
  template: { name: 'order_ready', language: { code: 'en_US' }, components },
})

/** What the app asks for, and what Meta is sent for it (beside what every message has). */
const kinds: [what: string, asked: Record<string, unknown>, meta: Record<string, unknown>][] = [
  ['a text', { message: 'Hi' }, { type: 'text', text: { body: 'Hi' } }],
  [
    'a text with a preview',
    { message: 'See https://example.com', previewUrl: true },
    { type: 'text', text: { body: 'See https://example.com', preview_url: true } },
  ],
  [
    'a template in the usual language',
    { template: { name: 'hello_world' } },
    { type: 'template', template: { name: 'hello_world', language: { code: 'en_US' } } },
  ],
  ...Object.entries(headers).map(
    ([kind, header]): [string, Record<string, unknown>, Record<string, unknown>] => [
      `a template with a ${kind} on top`,
      templateOf([header]),
      metaTemplateOf([header]),
    ],
  ),
  ['a template with every kind of value', templateOf([values]), metaTemplateOf([values])],
  ['a template with every kind of button', templateOf(buttons), metaTemplateOf(buttons)],
  [
    'a template with a button counted by a number',
    templateOf([{ ...buttons[0], index: 0 }]),
    metaTemplateOf([buttons[0]]),
  ],
  ['a template with an offer', templateOf([offer, buttons[2]]), metaTemplateOf([offer, buttons[2]])],
  ['a template with a carousel', templateOf([carousel]), metaTemplateOf([carousel])],
  [
    'an image by its URL',
    { media: { type: 'image', url: link, caption: 'Look' } },
    { type: 'image', image: { link, caption: 'Look' } },
  ],
  ['an image by its id', { media: { type: 'image', mediaId: '77' } }, { type: 'image', image: { id: '77' } }],
  [
    'a video',
    { media: { type: 'video', mediaId: '77', caption: 'Look' } },
    { type: 'video', video: { id: '77', caption: 'Look' } },
  ],
  ['an audio', { media: { type: 'audio', url: link } }, { type: 'audio', audio: { link } }],
  [
    'a voice note',
    { media: { type: 'audio', mediaId: '77', voice: true } },
    { type: 'audio', audio: { id: '77', voice: true } },
  ],
  [
    'a document',
    { media: { type: 'document', url: link, filename: 'bill.pdf', caption: 'Your bill' } },
    { type: 'document', document: { link, filename: 'bill.pdf', caption: 'Your bill' } },
  ],
  ['a sticker by its URL', { media: { type: 'sticker', url: link } }, { type: 'sticker', sticker: { link } }],
  [
    'a sticker by its id',
    { media: { type: 'sticker', mediaId: '77' } },
    { type: 'sticker', sticker: { id: '77' } },
  ],
  [
    'a reaction',
    { reaction: { messageId: 'wamid.abc', emoji: '👍' } },
    { type: 'reaction', reaction: { message_id: 'wamid.abc', emoji: '👍' } },
  ],
  [
    'a reaction taken back',
    { reaction: { messageId: 'wamid.abc', emoji: '' } },
    { type: 'reaction', reaction: { message_id: 'wamid.abc', emoji: '' } },
  ],
  ['reply buttons', { interactive: buttonBody }, { type: 'interactive', interactive: buttonBody }],
  ['a list', { interactive: listBody }, { type: 'interactive', interactive: listBody }],
  [
    'a location',
    { location: { latitude: 37.48, longitude: -122.15, name: 'HQ', address: '1 Hacker Way' } },
    {
      type: 'location',
      location: { latitude: 37.48, longitude: -122.15, name: 'HQ', address: '1 Hacker Way' },
    },
  ],
  ['a contact', { contacts: [card] }, { type: 'contacts', contacts: [card] }],
  [
    'an answer to a message',
    { message: 'Yes', replyTo: 'wamid.abc' },
    { type: 'text', text: { body: 'Yes' }, context: { message_id: 'wamid.abc' } },
  ],
]

test.each(kinds)('%s reaches Meta in Meta’s shape', async (_what, asked, meta) => {
  const id = await send(asked)
  expect(await sentToGraph(id)).toEqual({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    biz_opaque_callback_data: id,
    ...meta,
  })
})

test.each(kinds)('%s is read back as it was asked for, alone and in a list', async (_what, asked) => {
  const id = await send({ ...asked, dry_run: true })
  const { replyTo: _, ...content } = asked
  const usual =
    'template' in content ? { template: { language: 'en_US', ...Object(content['template']) } } : content
  const read = await hermod.call('GET', `/messages/${id}`, { key })
  expect(read.body.data).toMatchObject({ type: expect.any(String), content: expect.any(Object) })
  expect(read.body.data.content).toEqual(usual)
  const listed = await hermod.call('GET', '/messages?limit=1', { key })
  expect(listed.body.data[0]).toMatchObject({ id, content: read.body.data.content })
})

test('what a customer sent is read back in the same shapes', async () => {
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
  const image = { id: '1003', mime_type: 'image/jpeg', sha256: 'abc', caption: 'This one' }
  await postCallback(
    hermod,
    customerCallback(phoneNumberId, { id: 'wamid.inbound-image', type: 'image', image }),
  )
  const { body } = await until(
    () => hermod.call('GET', '/messages?direction=inbound&limit=1', { key }),
    (answer) => answer.body.data[0]?.type === 'image',
    'an inbound image',
  )
  const content = {
    media: { type: 'image', mediaId: '1003', mimeType: 'image/jpeg', caption: 'This one', sha256: 'abc' },
  }
  expect(body.data[0]).toMatchObject({ direction: 'inbound', body: 'This one', content })
  const read = await hermod.call('GET', `/messages/${body.data[0].id}`, { key })
  expect(read.body.data.content).toEqual(content)
})

test('a customer without a shared number is reached by the user id', async () => {
  const id = await send({ to: 'US.13491208655302741918', message: 'Hi' })
  expect(await sentToGraph(id)).toMatchObject({ recipient: 'US.13491208655302741918', text: { body: 'Hi' } })
})

test.each(['+14155552671', '+1 (415) 555-2671', ' 1 415 555 2671 '])(
  '%j is sent to its digits',
  async (written) => {
    const id = await send({ to: written, message: 'Hi' })
    expect(await messageOf(id)).toMatchObject({ to })
    expect(await sentToGraph(id)).toMatchObject({ to })
  },
)

describe('a message that is named by our id', () => {
  test('is named to Meta by its wamid, in an answer and in a reaction', async () => {
    const first = await messageOf(await send({ message: 'First' }))
    const answer = await send({ message: 'Second', replyTo: first.id })
    expect(await sentToGraph(answer)).toMatchObject({ context: { message_id: first['externalId'] } })
    const reaction = await send({ reaction: { messageId: first.id, emoji: '👍' } })
    expect(await sentToGraph(reaction)).toMatchObject({
      reaction: { message_id: first['externalId'], emoji: '👍' },
    })
  })

  test('may be one that a customer sent', async () => {
    await hermod.call('POST', '/auth/me/credentials/verify', { key })
    const list = () => hermod.call('GET', '/messages?direction=inbound', { key })
    const { body } = await until(
      async () => {
        await postCallback(hermod, inboundCallback(phoneNumberId, 'wamid.inbound-1'))
        return list()
      },
      (answer) => answer.body.data.length > 0,
      'an inbound message',
    )
    const id = await send({ message: 'Answer', replyTo: body.data[0].id })
    expect(await sentToGraph(id)).toMatchObject({ context: { message_id: 'wamid.inbound-1' } })
  })

  const references = (id: string): [body: Record<string, unknown>, path: string][] => [
    [{ to, message: 'x', replyTo: id }, 'body.replyTo'],
    [{ to, reaction: { messageId: id, emoji: '👍' } }, 'body.reaction.messageId'],
  ]

  test('is refused when there is none', async () => {
    for (const [body, path] of references('019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59')) {
      expectInvalid(await hermod.call('POST', '/send-message', { key, body }), path)
    }
  })

  test('is refused when it is another account’s', async () => {
    const { id } = await messageOf(await send({ message: 'Mine' }))
    const other = await hermod.connect()
    for (const [body, path] of references(id)) {
      expectInvalid(await hermod.call('POST', '/send-message', { key: other, body }), path)
    }
  })

  test('is refused while it has not been handed over', async () => {
    const id = await send({ message: 'Later', sendAt: new Date(Date.now() + 3_600_000).toISOString() })
    for (const [body, path] of references(id)) {
      expectInvalid(await hermod.call('POST', '/send-message', { key, body }), path)
    }
  })
})

describe('null for an optional field is the field left out', () => {
  const nothing = {
    template: null,
    sendAt: null,
    metadata: null,
    ttlSeconds: null,
    replyTo: null,
    dry_run: null,
  }
  const text = { to: '14155552671', message: 'Hi', session: 'sandbox', priority: null, ...nothing }
  const buttons = {
    type: 'button',
    header: null,
    body: { text: 'Well?' },
    footer: null,
    action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Yes' } }] },
  }

  test.each([
    ['/send-message', text],
    ['/send-message', { ...text, message: null, interactive: buttons }],
    [
      '/send-message',
      { ...text, message: null, media: { type: 'image', url: null, mediaId: '1', caption: null } },
    ],
    ['/send-message', { ...text, metadata: { coupon: null } }],
    ['/messages/bulk', { messages: [text, text] }],
    ['/keys', { name: 'app', scopes: null, expiresAt: null }],
    ['/webhook-endpoints', { url: 'https://example.com/hook', events: null, headers: null }],
  ])('at %s', async (path, body) => {
    const answer = await hermod.call('POST', path, { key: await hermod.register(), body })
    expect(answer.body).toMatchObject({ success: true })
    expect(answer.body.data.errors ?? []).toEqual([])
  })

  test('inside metadata it is data', async () => {
    const own = await hermod.register()
    const sent = await hermod.call('POST', '/send-message', {
      key: own,
      body: { ...text, metadata: { coupon: null } },
    })
    const read = await hermod.call('GET', `/messages/${sent.body.data.id}`, { key: own })
    expect(read.body.data.metadata).toEqual({ coupon: null })
  })

  test('for a required field it is missing', async () => {
    const answer = await hermod.call('POST', '/send-message', { key, body: { ...text, to: null } })
    expectInvalid(answer, 'body.to')
    const bulk = await hermod.call('POST', '/messages/bulk', { key, body: { messages: null } })
    expectInvalid(bulk, 'body.messages')
  })
})

describe('a template of which the text is known is shown with it', () => {
  test.each([
    [{ name: 'hello_world' }, 'Welcome and congratulations!! This message shows that you can send.'],
    [
      {
        name: 'order_ready',
        components: [
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'Sarah' },
              { type: 'text', text: '#1042' },
            ],
          },
        ],
      },
      'Hi Sarah, your order #1042 is ready to be picked up.',
    ],
    [{ name: 'of_another_business' }, 'of_another_business'],
  ])('%j', async (template, body) => {
    const own = await hermod.register()
    const fields = { to: '14155552671', session: 'sandbox', template }
    const sent = await hermod.call('POST', '/send-message', { key: own, body: fields })
    const read = await hermod.call('GET', `/messages/${sent.body.data.id}`, { key: own })
    expect(read.body.data.body).toBe(body)
  })
})

describe('nothing reaches Meta', () => {
  test('from a dry run', async () => {
    const id = await send({ message: 'Hi', dry_run: true })
    expect(await messageOf(id)).toMatchObject({ status: 'read', dryRun: true })
    expect(hermod.graph.control.ledger.timesAccepted(id)).toBe(0)
  })

  test('from the sandbox session', async () => {
    const id = await send({ message: 'Hi', session: 'sandbox' })
    expect(await messageOf(id)).toMatchObject({ status: 'read', dryRun: false })
    expect(hermod.graph.control.ledger.timesAccepted(id)).toBe(0)
  })

  test('from a test key, whatever session it names', async () => {
    const { body: me } = await hermod.call('GET', '/auth/me', { key })
    const { secret } = await createApiKey(hermod.service.ctx, {
      accountId: me.data.id,
      name: 'test',
      mode: 'test',
    })
    const sessions = [{}, { session: 'default' }, { session: 'sandbox' }]
    const ids = await Promise.all(sessions.map((session) => send({ message: 'Hi', ...session }, secret)))
    const messages = await Promise.all(ids.map((id) => messageOf(id, secret)))
    expect(messages.map(({ status }) => status)).toEqual(['read', 'read', 'read'])
    expect(ids.map((id) => hermod.graph.control.ledger.timesAccepted(id))).toEqual([0, 0, 0])
  })

  test('from an account without credentials', async () => {
    const bare = await hermod.register()
    const answer = await hermod.call('POST', '/send-message', { key: bare, body: { to, message: 'Hi' } })
    expectRefusal(answer, { status: 409, code: 'credentials_missing' })
  })
})

test('a scheduled message goes out at its time and not before', async () => {
  const sendAt = new Date(Date.now() + 1_000).toISOString()
  const answer = await hermod.call('POST', '/send-message', { key, body: { to, message: 'Later', sendAt } })
  expect(answer.body.data).toMatchObject({ status: 'scheduled', scheduledFor: sendAt })
  const { id } = answer.body.data
  const waiting = await hermod.call('GET', `/messages/${id}`, { key })
  expect(waiting.body.data).toMatchObject({ status: 'scheduled', scheduledFor: sendAt, sentAt: null })

  const message = await messageOf(id)
  expect(message.timeline.map(({ status }) => status)).toEqual([
    'scheduled',
    'queued',
    'processing',
    'sent',
    'delivered',
    'read',
  ])
  const [accepted] = hermod.graph.control.ledger.byCorrelation(id)
  expect(accepted?.at).toBeGreaterThanOrEqual(Date.parse(sendAt))
})

test('a message that cannot be handed over in its time to live has failed, is counted and found as such, and is retried with a new life', async () => {
  const recipient = '14155550001'
  hermod.graph.control.rules.add({
    when: { to: recipient },
    outcome: { kind: 'html', status: 503 },
  })
  const id = await send({ to: recipient, message: 'Soon', ttlSeconds: 1 })
  const message = await hermod.messageUntil(key, id, ({ status }) => status === 'failed')
  expect(message).toMatchObject({
    reason: 'expired',
    errorCode: 'expired',
    errorMessage: expect.stringContaining('time to live'),
    failedAt: expect.any(String),
    sentAt: null,
  })
  expect(message.timeline.at(-1)).toMatchObject({ status: 'failed', reason: 'expired' })
  hermod.graph.control.rules.clear()
  expect(hermod.graph.control.ledger.timesAccepted(id)).toBe(0)

  const foundAs = async (status: string): Promise<string[]> => {
    const { body } = await hermod.call('GET', `/messages?status=${status}&to=${recipient}`, { key })
    return body.data.map((one: { id: string }) => one.id)
  }
  expect([await foundAs('failed'), await foundAs('expired')]).toEqual([[id], [id]])
  const failures = async () => (await hermod.call('GET', '/analytics/summary', { key })).body.data
  const before = await failures()
  expect(before.byStatus).not.toHaveProperty('expired')
  const failed = await hermod.call('GET', '/messages?status=failed', { key })
  expect(failed.body.pagination.total).toBe(before.byStatus.failed)

  expect((await hermod.call('POST', `/messages/${id}/retry`, { key })).status).toBe(202)
  const sent = await hermod.messageUntil(key, id, ({ status }) => status === 'read')
  expect(sent).toMatchObject({ reason: null, errorCode: null, failedAt: null })
  expect(Date.parse(String(sent['expiresAt']))).toBeGreaterThan(Date.parse(String(message['expiresAt'])))
  expect(before.byStatus.failed - ((await failures()).byStatus.failed ?? 0)).toBe(1)
})

test('what Meta refuses fails with the reason in words, and its attempt is told', async () => {
  const recipient = '14155550002'
  hermod.graph.control.rules.add({ when: { to: recipient }, outcome: { kind: 'error', code: 131_047 } })
  const id = await send({ to: recipient, message: 'Hi' })
  const message = await messageOf(id)
  expect(message).toMatchObject({
    status: 'failed',
    errorCode: 'outside_window',
    errorMessage: expect.stringMatching(/\w/),
    attempts: [
      {
        attempt: 1,
        outcome: 'refused',
        code: 'outside_window',
        detail: expect.stringMatching(/\w/),
        // Meta's own error object.
        provider: { code: 131_047, message: expect.stringMatching(/\w/), fbtrace_id: expect.any(String) },
      },
    ],
  })
  expect(message['failedAt']).not.toBeNull()
  hermod.graph.control.rules.clear()
})

test('what Meta says of a refusal is told without the access token that it quotes', async () => {
  const recipient = '14155550003'
  hermod.graph.control.rules.add({
    when: { to: recipient },
    outcome: { kind: 'error', code: 131_047, details: 'Malformed access token EAAtesttoken' },
  })
  const message = await messageOf(await send({ to: recipient, message: 'Hi' }))
  hermod.graph.control.rules.clear()
  expect(JSON.stringify(message.attempts)).toContain('Malformed access token')
  expect(JSON.stringify(message)).not.toContain('EAAtesttoken')
})

describe('the list of messages', () => {
  const sendAt = new Date(Date.now() + 3_600_000).toISOString()
  const batchId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a00'
  let account: string
  /** The newest first. */
  let ids: string[]
  beforeAll(async () => {
    account = await hermod.register()
    const made: string[] = []
    for (let index = 0; index < 23; index += 1) {
      made.push(await send({ message: `${index}`, session: 'sandbox', sendAt }, account))
    }
    ids = made.toReversed()
  })

  const list = async (query: string) => (await hermod.call('GET', `/messages${query}`, { key: account })).body
  const idsOf = (body: { data: MessageView[] }) => body.data.map(({ id }) => id)

  test('shows the newest first, twenty of them, and says how many there are', async () => {
    const body = await list('')
    expect(idsOf(body)).toEqual(ids.slice(0, 20))
    expect(body.pagination).toEqual({ page: 1, limit: 20, total: 23, nextCursor: ids[19] })
  })

  test.each([1, 5, 22, 23, 24, 200])(
    'shows every message once to who walks by cursor, %i a page',
    async (limit) => {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const body: any = await list(`?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`)
        expect(body.data.length).toBeLessThanOrEqual(limit)
        expect(body.pagination.total).toBe(23)
        seen.push(...idsOf(body))
        cursor = body.pagination.nextCursor
      } while (cursor !== null)
      expect(seen).toEqual(ids)
    },
  )

  test('shows every message once to who counts the pages', async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list(`?limit=10&page=${page}`)))
    expect(pages.map((page) => page.data.length)).toEqual([10, 10, 3, 0])
    expect(pages.map((page) => page.pagination.page)).toEqual([1, 2, 3, 4])
    expect(pages.flatMap(idsOf)).toEqual(ids)
    expect(pages.at(2)?.pagination).toEqual({ page: 3, limit: 10, total: 23, nextCursor: null })
  })

  test('does not move under a walk when messages are added', async () => {
    const other = await hermod.register()
    const make = () => send({ message: 'x', session: 'sandbox', sendAt }, other)
    const [oldest, newer] = [await make(), await make()]
    const first = await hermod.call('GET', '/messages?limit=1', { key: other })
    expect(idsOf(first.body)).toEqual([newer])
    await make()
    const rest = await hermod.call('GET', `/messages?limit=1&cursor=${first.body.pagination.nextCursor}`, {
      key: other,
    })
    expect(idsOf(rest.body)).toEqual([oldest])
    expect(rest.body.pagination).toMatchObject({ total: 3, nextCursor: null })
  })

  test('can be narrowed to a status', async () => {
    expect(await list('?status=scheduled')).toMatchObject({ pagination: { total: 23 } })
    expect(await list('?status=failed')).toMatchObject({
      data: [],
      pagination: { total: 0, nextCursor: null },
    })
    const id = await send({ message: 'now', session: 'sandbox' }, account)
    await messageOf(id, account)
    const read = await list('?status=read')
    expect(idsOf(read)).toEqual([id])
    expect(read.pagination).toEqual({ page: 1, limit: 20, total: 1, nextCursor: null })
    ids = [id, ...ids]
    expect(idsOf(await list('?limit=200'))).toEqual(ids)
  })

  test('can be narrowed to a batch', async () => {
    const sql = await connectSql(hermod.databaseUrl)
    const members = ids.slice(3, 10)
    await sql.query('update messages set batch_id = $1 where id = any($2::uuid[])', [batchId, members])
    await sql.end()
    const body = await list(`?batchId=${batchId}&limit=5`)
    expect(idsOf(body)).toEqual(members.slice(0, 5))
    expect(body.pagination).toMatchObject({ total: 7, nextCursor: members[4] })
    expect(body.data[0]).toMatchObject({ batchId })
    const nothing = await list('?batchId=019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4aff')
    expect(nothing).toMatchObject({ data: [], pagination: { total: 0 } })
  })

  test('keeps what customers sent apart', async () => {
    expect(await list('?direction=inbound')).toMatchObject({ data: [], pagination: { total: 0 } })
    const inbound = await hermod.call('GET', '/messages?direction=inbound', { key })
    expect(inbound.body).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({
          direction: 'inbound',
          status: 'received',
          body: 'Hello',
          from: '16505551234',
        }),
      ]),
      pagination: { total: 6 },
    })
  })
})
