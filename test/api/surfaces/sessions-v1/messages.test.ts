import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMediaFiles, type MediaFiles } from '../../../support/media-files.ts'
import {
  startTestService,
  until,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../../support/service.ts'

let hermod: TestService
let files: MediaFiles
let key: string
/** The session of the Cloud number. */
let cloud: string

beforeAll(async () => {
  hermod = await startTestService()
  files = await startMediaFiles()
  key = await hermod.connect()
  cloud = (await v1('GET', '/sessions')).body.sessions[0].id
})
afterAll(async () => {
  await hermod.stop()
  await files.close()
})

const v1 = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  hermod.call(method, `/api/v1${path}`, { key, ...options })
const post = (path: string, body: unknown, options: CallOptions = {}) =>
  v1('POST', path, { body, ...options })
const messageUntil = (id: string, status: string) =>
  until(
    () => v1('GET', `/messages/${id}`),
    (answer) => answer.body.status === status,
    `a message that is ${status}`,
  )
const to = '+237612345678'

describe('a text', () => {
  test('is accepted with 202 as the reference shows it, and followed until it is read', async () => {
    const { status, body } = await post('/messages', { to, message: 'Hello from WhatsApp API!' })
    expect(status).toBe(202)
    expect(body).toEqual({
      id: expect.any(String),
      toPhone: to,
      type: 'text',
      status: 'pending',
      whatsappMessageId: null,
      errorMessage: null,
      sentAt: null,
      deliveredAt: null,
      readAt: null,
      createdAt: expect.any(String),
    })
    const read = await messageUntil(body.id, 'read')
    expect(read.body).toMatchObject({
      ...body,
      status: 'read',
      whatsappMessageId: expect.stringMatching(/^wamid\./),
      sentAt: expect.any(String),
      deliveredAt: expect.any(String),
      readAt: expect.any(String),
    })
    const [sent] = hermod.graph.control.ledger.byCorrelation(body.id)
    expect(sent?.body).toMatchObject({ text: { body: 'Hello from WhatsApp API!', preview_url: true } })
  })

  test.each([
    ['+1 (415) 555-2671', '+14155552671'],
    ['14155552671', '+14155552671'],
    [14155552671, '+14155552671'],
    ['+22997123456', '+22997123456'],
  ])('goes to a number that is written as %s', async (given, shown) => {
    expect(await post('/messages', { to: given, message: 'Hi' })).toMatchObject({
      status: 202,
      body: { toPhone: shown },
    })
  })

  test.each(['12345', '+12', 'nobody', '+1415555x2671', '', '0123456789', '+1234567890123456'])(
    'to %s is 422 with the recorded sentence',
    async (given) => {
      const answer = await post('/messages', { to: given, message: 'Hi' })
      expect(answer.status).toBe(422)
      expect(answer.body.detail.map(({ loc }: any) => loc)).toContainEqual(['body', 'to'])
      expect(JSON.stringify(answer.body)).toContain(
        'Invalid phone number format. Use international format like +1234567890',
      )
    },
  )

  test.each([
    [{ to }, ['body', 'message']],
    [{ to, message: '' }, ['body', 'message']],
    [{ to, message: 'x'.repeat(4_097) }, ['body', 'message']],
    [{ message: 'Hi' }, ['body', 'to']],
    [undefined, ['body']],
    ['text', ['body']],
  ])('without what it needs is 422: %j', async (body, loc) => {
    const answer = await v1('POST', '/messages', body === undefined ? {} : { body })
    expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc, msg: expect.any(String) }] } })
  })

  test('takes its fields in either spelling, null for one that is left out, and ignores others', async () => {
    for (const fields of [{ sessionId: cloud }, { session_id: cloud }, { sessionId: null }, { foo: 1 }]) {
      expect(await post('/messages', { to, message: 'Hi', ...fields })).toMatchObject({ status: 202 })
    }
  })

  test('that is sent again under its idempotency key is answered as the first time', async () => {
    const headers = { 'idempotency-key': 'order-1' }
    const first = await post('/messages', { to, message: 'Once' }, { headers })
    const second = await post('/messages', { to, message: 'Once' }, { headers })
    expect(second.body).toEqual(first.body)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(await post('/messages', { to, message: 'Other' }, { headers })).toMatchObject({
      status: 409,
      body: { detail: expect.any(String) },
    })
  })

  test('that fails says why', async () => {
    const failing = '+14155550404'
    hermod.graph.control.rules.add({ when: { to: '14155550404' }, outcome: { kind: 'error', code: 131_026 } })
    const { body } = await post('/messages', { to: failing, message: 'Hi' })
    expect((await messageUntil(body.id, 'failed')).body).toMatchObject({ errorMessage: expect.any(String) })
  })
})

describe('without a session that is connected', () => {
  test('a message is 409, in the recorded sentence', async () => {
    const bare = await hermod.register()
    expect(await post('/messages', { to, message: 'Hi' }, { key: bare })).toEqual(
      expect.objectContaining({
        status: 409,
        body: { detail: 'No connected WhatsApp session found. Please connect a session first.' },
      }),
    )
  })

  test('a message through one by name is 409 with its status; one that there is not is 404', async () => {
    const { body: phone } = await post('/sessions', { session_key: 'unpaired' })
    for (const sessionId of [phone.id, 'unpaired']) {
      expect(await post('/messages', { to, message: 'Hi', sessionId })).toMatchObject({
        status: 409,
        body: { detail: 'Session is not connected (status: initializing)' },
      })
    }
    expect(await post('/messages', { to, message: 'Hi', sessionId: 'nobody' })).toMatchObject({
      status: 404,
      body: { detail: 'Session not found' },
    })
  })

  test('a live key’s message goes through a sandbox only by its name', async () => {
    const bare = await hermod.register()
    const [sandbox] = (await v1('GET', '/sessions', { key: bare })).body.sessions
    const body = { to, message: 'Hi', sessionId: sandbox.id }
    expect(await post('/messages', body, { key: bare })).toMatchObject({ status: 202 })
  })
})

describe('files', () => {
  const wishes = {
    'photo.jpg': ['media', 'image', 'image'],
    'moving.gif': ['media', 'image', 'video'],
    'clip.mov': ['media', 'video', 'video'],
    'clip.webm': ['media', 'video', 'video'],
    'tone.mp3': ['audio', false, 'audio'],
    'tone.wav': ['audio', false, 'audio'],
    'stereo.ogg': ['audio', true, 'audio'],
  } as const

  test.each(Object.entries(wishes))('%s arrives as something that WhatsApp takes', async (name, wish) => {
    const [path, how, arrives] = wish
    const url = `${files.base}/${name}`
    const wanted =
      path === 'audio' ? { audioUrl: url, ptt: how } : { media_url: url, media_type: how, caption: 'Look' }
    const { status, body } = await post(`/messages/${path}`, { to, ...wanted })
    expect({ status, type: body.type }).toEqual({ status: 202, type: path === 'audio' ? 'audio' : how })
    await messageUntil(body.id, 'read')
    const [sent] = hermod.graph.control.ledger.byCorrelation(body.id)
    expect(sent?.body).toMatchObject({ type: arrives })
  })

  test.each([
    ['media', { mediaUrl: 'http://10.0.0.1/a.jpg', mediaType: 'image' }, 'mediaUrl'],
    ['media', { mediaUrl: 'ftp://example.com/a.jpg', mediaType: 'image' }, 'mediaUrl'],
    ['media', { mediaUrl: 'https://example.com/a.jpg', mediaType: 'document' }, 'mediaType'],
    ['media', { mediaType: 'image' }, 'mediaUrl'],
    ['audio', { audioUrl: 'http://10.0.0.1/a.ogg' }, 'audioUrl'],
    ['audio', { audioUrl: 'https://example.com/a.ogg', ptt: 'maybe' }, 'ptt'],
  ])('%s is 422 for %j', async (path, wanted, field) => {
    expect(await post(`/messages/${path}`, { to, ...wanted })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', field], msg: expect.any(String) }] },
    })
  })

  test('a file of another type than was said is refused before anything is sent', async () => {
    const mediaUrl = `${files.base}/tone.mp3`
    expect(await post('/messages/media', { to, mediaUrl, mediaType: 'image' })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'mediaUrl'], msg: expect.stringContaining('audio/mpeg') }] },
    })
  })
})

describe('the list of messages', () => {
  test('is narrowed by session and status, and read in parts', async () => {
    const own = await hermod.connect()
    const of = async (query: string) => (await v1('GET', `/messages?${query}`, { key: own })).body
    const ids: string[] = []
    for (const message of ['one', 'two', 'three']) {
      ids.unshift((await post('/messages', { to, message }, { key: own })).body.id)
    }
    await until(
      () => of('status=read'),
      ({ total }) => total === 3,
    )
    const all = await of('limit=2&offset=1')
    expect(all).toMatchObject({ total: 3, limit: 2, offset: 1 })
    expect(all.messages.map(({ id }: any) => id)).toEqual(ids.slice(1))
    expect(await of('')).toMatchObject({ total: 3, limit: 50, offset: 0 })
    expect(await of('status=pending')).toMatchObject({ total: 0, messages: [] })
    expect(await of('sessionId=default')).toMatchObject({ total: 3 })
    expect(await of('session_id=sandbox')).toMatchObject({ total: 0 })
  })

  test.each(['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'status=queued'])('%s is 422', async (query) => {
    const [field] = query.split('=')
    expect(await v1('GET', `/messages?${query}`)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['query', field] }] },
    })
  })
})

test('a message that there is not is 404', async () => {
  for (const id of ['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', 'nothing']) {
    expect(await v1('GET', `/messages/${id}`)).toMatchObject({
      status: 404,
      body: { detail: 'Message not found' },
    })
  }
})
