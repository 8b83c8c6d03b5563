import { afterEach, expect, test } from 'vitest'
import { isJson, type Json } from '../http.ts'
import type { GraphApiOptions } from './options.ts'
import { type GraphApi, startGraphApi } from './server.ts'

/** Requests and answers of Meta's documentation, and the disturbances that tests ask for. */

const phone = '106540352242922'
const open: GraphApi[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(options: GraphApiOptions = {}, now?: () => number): Promise<GraphApi> {
  const graph = await startGraphApi(options, now ? { now } : {})
  open.push(graph)
  return graph
}

async function post(graph: GraphApi, body: Json, token = 'EAAtesttoken', path = `${phone}/messages`) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(`${graph.url}/v23.0/${path}`, init)
  const json: unknown = await answer.json()
  const error = isJson(json) && isJson(json['error']) ? json['error'] : {}
  return { status: answer.status, json, error }
}

const head = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '16505551234' }
const text = { ...head, type: 'text', text: { body: 'Hi', preview_url: false } }

const documented: Record<string, Json> = {
  text: { ...text, context: { message_id: 'wamid.PREV' }, biz_opaque_callback_data: 'our-message-uuid' },
  'one-time password': {
    ...head,
    type: 'template',
    template: {
      name: 'otp',
      language: { code: 'pt_BR' },
      components: [
        { type: 'body', parameters: [{ type: 'text', text: '123456' }] },
        { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] },
      ],
    },
  },
  'template with a header image': {
    ...head,
    type: 'template',
    template: {
      name: 'order_ready',
      language: { code: 'en_US' },
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { link: 'https://a.example/a.jpg' } }] },
        {
          type: 'button',
          sub_type: 'quick_reply',
          index: '0',
          parameters: [{ type: 'payload', payload: 'YES' }],
        },
      ],
    },
  },
  'voice note': { ...head, type: 'audio', audio: { id: '1', voice: true } },
  'reaction taken back': { ...head, type: 'reaction', reaction: { message_id: 'wamid.X', emoji: '' } },
  list: {
    ...head,
    type: 'interactive',
    interactive: {
      type: 'list',
      header: { type: 'text', text: 'H' },
      body: { text: 'B' },
      footer: { text: 'F' },
      action: {
        button: 'Open',
        sections: [{ title: 'S', rows: [{ id: 'r1', title: 'R', description: 'd' }] }],
      },
    },
  },
}

test.each(Object.keys(documented))("Meta's example is accepted: %s", async (name) => {
  const { status, json } = await post(await start(), documented[name] ?? {})
  expect(status).toBe(200)
  expect(json).toEqual({
    messaging_product: 'whatsapp',
    contacts: [{ input: '16505551234', wa_id: '16505551234' }],
    messages: [{ id: expect.stringMatching(/^wamid\./), message_status: 'accepted' }],
  })
})

const button = (count: number, title: string) => ({
  ...head,
  type: 'interactive',
  interactive: {
    type: 'button',
    body: { text: '?' },
    action: {
      buttons: Array.from({ length: count }, (_, id) => ({ type: 'reply', reply: { id: `${id}`, title } })),
    },
  },
})

const refused: [string, Json, number][] = [
  ['no messaging_product', { ...text, messaging_product: undefined }, 100],
  ['no recipient', { ...text, to: undefined }, 100],
  ['a recipient that is no number', { ...text, to: 'ana' }, 131009],
  ['the sender as recipient', { ...text, to: '15550783881' }, 131021],
  ['a type without its object', { ...head, type: 'image' }, 100],
  ['an unknown type', { ...head, type: 'fax', fax: {} }, 100],
  ['an unknown key', { ...text, send_at: 'now' }, 100],
  ['an unknown key inside', { ...head, type: 'text', text: { body: 'Hi', colour: 'red' } }, 100],
  ['a text without a body', { ...head, type: 'text', text: {} }, 131008],
  ['a text too long', { ...head, type: 'text', text: { body: 'x'.repeat(4097) } }, 131009],
  [
    'media by id and by link',
    { ...head, type: 'image', image: { id: '1', link: 'https://a.example/a' } },
    131009,
  ],
  ['media by neither', { ...head, type: 'image', image: { caption: 'A' } }, 131009],
  ['a caption on audio', { ...head, type: 'audio', audio: { id: '1', caption: 'A' } }, 100],
  ['four buttons', button(4, 'Yes'), 131009],
  ['a button title too long', button(1, 'x'.repeat(21)), 131009],
  ['a template without a language', { ...head, type: 'template', template: { name: 'otp' } }, 131008],
  ['callback data too long', { ...text, biz_opaque_callback_data: 'x'.repeat(513) }, 131009],
]

test.each(refused)('Meta refuses %s', async (_name, body, code) => {
  const { status, error } = await post(await start(), body)
  expect(status).toBe(400)
  expect(error).toMatchObject({ code, type: 'OAuthException', fbtrace_id: expect.any(String) })
})

test('a missing, a foreign and an expired token are 190; a foreign number does not exist', async () => {
  const graph = await start({ phones: [{}, { id: '2', tokens: ['other'] }] })
  expect(await post(graph, text, 'nobody')).toMatchObject({ status: 401, error: { code: 190 } })
  expect(await post(graph, text, 'other')).toMatchObject({
    status: 400,
    error: { code: 100, error_subcode: 33 },
  })
  graph.control.expireToken('EAAtesttoken')
  expect(await post(graph, text)).toMatchObject({ status: 401, error: { code: 190, error_subcode: 463 } })
  graph.control.renewToken('EAAtesttoken')
  expect(await post(graph, text)).toMatchObject({ status: 200 })
})

test('the credential check shows the number in the fields asked for', async () => {
  const graph = await start()
  const headers = { authorization: 'Bearer EAAtesttoken' }
  const url = `${graph.url}/v23.0/${phone}?fields=id,display_phone_number,verified_name,quality_rating`
  expect(await (await fetch(url, { headers })).json()).toEqual({
    id: phone,
    display_phone_number: '+1 555-078-3881',
    verified_name: 'Jaspers Market',
    quality_rating: 'GREEN',
  })
})

test('reading a message is confirmed and sends nothing', async () => {
  const graph = await start()
  const body = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.X' }
  expect(await post(graph, body)).toMatchObject({ status: 200, json: { success: true } })
  expect(graph.control.ledger.stats.accepted).toBe(0)
})

test('a template send is checked against the list', async () => {
  const graph = await start({
    templates: [
      { name: 'hi', language: 'en_US', components: [{ type: 'BODY', text: 'Hi {{1}}' }] },
      { name: 'slow', language: 'en_US', status: 'PAUSED' },
    ],
  })
  const send = (name: string, parameters: Json[]) =>
    post(graph, {
      ...head,
      type: 'template',
      template: { name, language: { code: 'en_US' }, components: [{ type: 'body', parameters }] },
    })
  expect(await send('hi', [{ type: 'text', text: 'Ana' }])).toMatchObject({ status: 200 })
  expect(await send('hi', [])).toMatchObject({ status: 400, error: { code: 132000 } })
  expect(await send('bye', [])).toMatchObject({ status: 404, error: { code: 132001 } })
  expect(await send('slow', [])).toMatchObject({ status: 400, error: { code: 132015 } })
})

test.each([true, false])(
  'a dropped answer is a socket error; recorded when accepted: %s',
  async (accepted) => {
    const graph = await start()
    graph.control.rules.add({ outcome: { kind: 'drop', accepted }, times: 1 })
    const body = { ...text, biz_opaque_callback_data: 'lost' }
    await expect(post(graph, body)).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
    expect(graph.control.ledger.timesAccepted('lost')).toBe(accepted ? 1 : 0)
    await post(graph, body)
    expect(graph.control.ledger.duplicates()).toEqual(accepted ? { lost: 2 } : {})
  },
)

test('rules choose by recipient, by turn and by function, and end after their times', async () => {
  const graph = await start()
  const error = { kind: 'error', code: 131026 } as const
  graph.control.rules.replace(
    { when: { to: '+16505550001', nth: [2, 3] }, outcome: error },
    {
      when: ({ correlationId }) => correlationId === 'odd',
      outcome: { kind: 'error', code: 131056 },
      times: 1,
    },
  )
  const codes: unknown[] = []
  for (const body of [1, 2, 3, 4].map(() => ({ ...text, to: '16505550001' }))) {
    codes.push((await post(graph, body)).error['code'])
  }
  expect(codes).toEqual([undefined, 131026, 131026, undefined])
  const odd = { ...text, biz_opaque_callback_data: 'odd' }
  expect((await post(graph, odd)).error['code']).toBe(131056)
  expect((await post(graph, odd)).status).toBe(200)
})

test('a number sends no faster than its throughput, and gets its slots back with time', async () => {
  let nowMs = 1_750_000_000_000
  const graph = await start({ phones: [{ mps: 3 }] }, () => nowMs)
  const burst = async () => {
    const codes: unknown[] = []
    for (let sent = 0; sent < 5; sent += 1) codes.push((await post(graph, text)).error['code'])
    return codes
  }
  expect(await burst()).toEqual([undefined, undefined, undefined, 130429, 130429])
  nowMs += 1_000
  expect(await burst()).toEqual([undefined, undefined, undefined, 130429, 130429])
})

test('the pair limit holds back one recipient and no other', async () => {
  const graph = await start({ pairLimit: { everyMs: 6_000, burst: 2 } }, () => 1_750_000_000_000)
  const codes: unknown[] = []
  for (const to of ['16505550001', '16505550001', '16505550001', '16505550002']) {
    codes.push((await post(graph, { ...text, to })).error['code'])
  }
  expect(codes).toEqual([undefined, undefined, 131056, undefined])
})

test('media ids are checked on demand, and a download URL dies after five minutes', async () => {
  let nowMs = 1_750_000_000_000
  const graph = await start({ mediaChecked: true }, () => nowMs)
  const id = graph.control.addMedia({ bytes: Buffer.from('ogg'), mimeType: 'audio/ogg' })
  const voice = (mediaId: string) =>
    post(graph, { ...head, type: 'audio', audio: { id: mediaId, voice: true } })
  expect((await voice(id)).status).toBe(200)
  expect((await voice('1')).error).toMatchObject({ code: 100 })
  const headers = { authorization: 'Bearer EAAtesttoken' }
  const described: unknown = await (await fetch(`${graph.url}/v25.0/${id}`, { headers })).json()
  const url = isJson(described) ? String(described['url']) : ''
  expect(await (await fetch(url, { headers })).text()).toBe('ogg')
  nowMs += 5 * 60_000
  expect((await fetch(url, { headers })).status).toBe(404)
})

test('the credential check and the templates can fail on demand too', async () => {
  const graph = await start()
  graph.control.rules.replace({
    when: { endpoint: 'phone' },
    outcome: { kind: 'error', code: 131031 },
    times: 1,
  })
  const check = () =>
    fetch(`${graph.url}/v25.0/${phone}`, { headers: { authorization: 'Bearer EAAtesttoken' } })
  expect((await post(graph, text)).status).toBe(200)
  expect([(await check()).status, (await check()).status]).toEqual([403, 200])
})

test('plain mode checks the token, counts by callback data and validates nothing', async () => {
  const graph = await start({ plain: true })
  const body = { to: '16505551234', biz_opaque_callback_data: 'a' }
  expect((await post(graph, body)).status).toBe(200)
  expect((await post(graph, body, 'wrong')).status).toBe(401)
  expect(graph.control.ledger.timesAccepted('a')).toBe(1)
  expect(graph.control.ledger.messages).toEqual([])
})
