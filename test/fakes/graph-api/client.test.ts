import { GraphApiError, WhatsAppClient } from '@kapso/whatsapp-cloud-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GraphApi, startGraphApi } from './server.ts'

/** An independent client drives the stand-in: what that client can read, Meta could have written. */

const phoneNumberId = '106540352242922'
const to = '+16505551234'
let graph: GraphApi
let client: WhatsAppClient

beforeAll(async () => {
  graph = await startGraphApi()
  client = new WhatsAppClient({ accessToken: 'EAAtesttoken', baseUrl: graph.url, graphVersion: 'v25.0' })
})
afterAll(() => graph.close())

const { bodyText, row } = { bodyText: 'Pick one', row: { id: 'r1', title: 'Row', description: 'First' } }

const sends: Record<string, () => Promise<{ messages: { id: string }[]; contacts: { waId?: string }[] }>> = {
  text: () => client.messages.sendText({ phoneNumberId, to, body: 'Hi', previewUrl: false }),
  'text as a reply': () =>
    client.messages.sendText({ phoneNumberId, to, body: 'Hi', contextMessageId: 'wamid.PREV' }),
  template: () =>
    client.messages.sendTemplate({
      phoneNumberId,
      to,
      template: {
        name: 'order_ready',
        language: { code: 'en_US' },
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
      },
    }),
  image: () =>
    client.messages.sendImage({
      phoneNumberId,
      to,
      image: { link: 'https://a.example/a.jpg', caption: 'A' },
    }),
  document: () =>
    client.messages.sendDocument({
      phoneNumberId,
      to,
      document: { link: 'https://a.example/a.pdf', filename: 'a.pdf', caption: 'A' },
    }),
  audio: () => client.messages.sendAudio({ phoneNumberId, to, audio: { id: '1037543291543636' } }),
  buttons: () =>
    client.messages.sendInteractiveButtons({
      phoneNumberId,
      to,
      bodyText,
      buttons: [{ id: 'y', title: 'Yes' }],
    }),
  list: () =>
    client.messages.sendInteractiveList({
      phoneNumberId,
      to,
      bodyText,
      buttonText: 'Open',
      sections: [{ title: 'S', rows: [row] }],
    }),
  reaction: () =>
    client.messages.sendReaction({ phoneNumberId, to, reaction: { messageId: 'wamid.PREV', emoji: '👍' } }),
  location: () =>
    client.messages.sendLocation({ phoneNumberId, to, location: { latitude: -33.45, longitude: -70.66 } }),
  contacts: () =>
    client.messages.sendContacts({
      phoneNumberId,
      to,
      contacts: [
        { name: { formattedName: 'Ana B', firstName: 'Ana' }, phones: [{ phone: to, type: 'WORK' }] },
      ],
    }),
}

test.each(Object.keys(sends))('an independent client sends: %s', async (name) => {
  const answer = await sends[name]?.()
  expect(answer?.messages[0]?.id).toMatch(/^wamid\./)
  expect(answer?.contacts[0]).toMatchObject({ input: to, waId: '16505551234' })
})

test('a send by business-scoped user id alone is accepted', async () => {
  const recipient = 'US.13491208655302741918'
  await client.messages.sendText({ phoneNumberId, recipient, body: 'Hi' })
  expect(graph.control.ledger.byRecipient(recipient)).toHaveLength(1)
})

test('an uploaded file is described, downloaded with the token only, and deleted', async () => {
  const file = new Blob(['not really a png'], { type: 'image/png' })
  const { id } = await client.media.upload({ phoneNumberId, type: 'image/png', file, fileName: 'a.png' })
  const described = await client.media.get({ mediaId: id })
  expect(described).toMatchObject({ id, mimeType: 'image/png' })
  const bytes = await client.media.download({ mediaId: id, auth: 'always' })
  expect(bytes).toEqual(await file.arrayBuffer())
  expect((await fetch(described.url)).status).toBe(401)
  await client.media.delete({ mediaId: id })
  await expect(client.media.get({ mediaId: id })).rejects.toMatchObject({ code: 100, errorSubcode: 33 })
})

test('templates are listed page by page', async () => {
  const names = ['one', 'two', 'three']
  graph.control.setTemplates(
    names.map((name) => ({ name, language: 'en_US' })),
    '102290129340398',
  )
  const businessAccountId = '102290129340398'
  const first = await client.templates.list({ businessAccountId, limit: 2 })
  const after = first.paging.cursors?.after ?? ''
  const second = await client.templates.list({ businessAccountId, limit: 2, after })
  expect([...first.data, ...second.data].map((one) => one.name)).toEqual(names)
  expect(first.paging.next).toContain(`${graph.url}/v25.0/`)
  expect(second.paging.next).toBeUndefined()
  graph.control.setTemplates(null)
})

test('a bad token is read as an authorization error, 190', async () => {
  const stranger = new WhatsAppClient({ accessToken: 'wrong', baseUrl: graph.url })
  const error = await refusal(() => stranger.messages.sendText({ phoneNumberId, to, body: 'Hi' }))
  expect(error).toMatchObject({ httpStatus: 401, code: 190 })
  expect(error?.requiresTokenRefresh()).toBe(true)
})

test('a throttled send is read as a rate limit though it comes as HTTP 400', async () => {
  graph.control.rules.add({ outcome: { kind: 'error', code: 130429 }, times: 1 })
  const error = await refusal(() => client.messages.sendText({ phoneNumberId, to, body: 'Hi' }))
  expect(error).toMatchObject({ httpStatus: 400, code: 130429 })
  expect(error?.isRateLimit()).toBe(true)
})

test('an HTML page of the edge is read as a server error', async () => {
  graph.control.rules.add({ outcome: { kind: 'html', status: 502 }, times: 1 })
  const error = await refusal(() => client.messages.sendText({ phoneNumberId, to, body: 'Hi' }))
  expect(error).toMatchObject({ httpStatus: 502, category: 'server' })
})

async function refusal(act: () => Promise<unknown>): Promise<GraphApiError | null> {
  try {
    await act()
    return null
  } catch (error) {
    if (error instanceof GraphApiError) return error
    throw error
  }
}
