import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../../support/linked-device/devices.ts'
import { until, type Answer, type CallOptions } from '../../../support/service.ts'

let devices: DeviceService
let key: string

beforeAll(async () => {
  devices = await startDeviceService({ devices: { streamMs: 60_000 } })
  key = await devices.hermod.register()
})
afterAll(() => devices.stop())

const v1 = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  devices.hermod.call(method, `/api/v1${path}`, { key, ...options })

interface SseEvent {
  event: string
  data: any
}

/** Reads a stream as clients do, with a header or with a token in its address, until it ends. */
async function readStream(
  path: string,
  { headers = {}, onEvent }: { headers?: Record<string, string>; onEvent?(one: SseEvent): void } = {},
): Promise<{ response: Response; events: SseEvent[]; text: string }> {
  const response = await fetch(`${devices.hermod.url}${path}`, { headers })
  const events: SseEvent[] = []
  const decoder = new TextDecoder()
  let text = ''
  let rest = ''
  for await (const chunk of response.body ?? []) {
    const part = decoder.decode(chunk, { stream: true })
    text += part
    const blocks = (rest + part).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: (.+)$/m.exec(block)?.[1]
      if (event === undefined) continue
      const one = { event, data: JSON.parse(/^data: (.+)$/m.exec(block)?.[1] ?? 'null') }
      events.push(one)
      onEvent?.(one)
    }
  }
  return { response, events, text }
}

const bearer = () => ({ authorization: `Bearer ${key}` })

/** A device that shows a code, and that code as its phone would scan it. */
async function scanned(id: string): Promise<string> {
  const shown = await until(
    () => devices.hermod.call('GET', `/sessions/${id}/qr`, { key, headers: { accept: 'text/plain' } }),
    ({ status }) => status === 200,
    'a code',
  )
  return shown.body
}

async function create(sessionKey: string): Promise<string> {
  return (await v1('POST', '/sessions', { body: { session_key: sessionKey } })).body.id
}

test('opening the stream of a session that is not paired pairs it: qr with a picture, then connected, then its end', async () => {
  const id = await create('phone')
  let scanning: Promise<unknown> | undefined
  const { response, events, text } = await readStream(`/api/v1/sessions/${id}/stream`, {
    headers: bearer(),
    onEvent({ event }) {
      if (event !== 'qr' || scanning !== undefined) return
      scanning = scanned(id).then((qr) => devices.whatsApp.control.scanQr({ qr, phone: '27821230001' }))
    },
  })
  await scanning
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('no-cache')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  expect(text).toContain(': heartbeat\n\n')
  const [first] = events
  expect(first).toMatchObject({ event: 'qr', data: { session_id: id, timestamp: expect.any(String) } })
  expect(first?.data.qr_data).toBe(first?.data.qrData)
  expectPng(first?.data.qr_data)
  expect(events.at(-1)).toMatchObject({
    event: 'connected',
    data: { session_id: id, phone_number: '+27821230001' },
  })
  expect((await v1('GET', `/sessions/${id}`)).body).toMatchObject({
    status: 'connected',
    phoneNumber: '+27821230001',
    connectedAt: expect.any(String),
  })
})

function expectPng(url: string): void {
  expect(url).toMatch(/^data:image\/png;base64,/)
  const bytes = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  const at = bytes.indexOf('IDAT')
  expect(inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4))).length).toBeGreaterThan(100)
}

test('a connected device sends without being named, the newest first, and its stream says connected at once', async () => {
  const { body } = await v1('POST', '/messages', { body: { to: '+27825550001', message: 'Hello' } })
  expect(body.status).toBe('pending')
  const sent = await until(
    () => v1('GET', `/messages/${body.id}`),
    (answer) => answer.body.status !== 'pending',
  )
  expect(['sent', 'delivered', 'read']).toContain(sent.body.status)
  const { id } = (await v1('GET', '/sessions/phone')).body
  const { events } = await readStream(`/api/v1/sessions/${id}/stream`, { headers: bearer() })
  expect(events.map(({ event }) => event)).toEqual(['connected'])
})

test('streamUrl leads to the stream whatever the client’s base URL ends with, and a token opens it', async () => {
  const { id, streamUrl } = (await v1('GET', '/sessions/phone')).body
  for (const base of ['', '/api', '/api/v1']) {
    const { response, events } = await readStream(`${base}${streamUrl}`, { headers: bearer() })
    expect([base, response.status, events.at(-1)?.event]).toEqual([base, 200, 'connected'])
  }
  const { body: made } = await v1('POST', `/sessions/${id}/stream-token`)
  expect(Date.parse(made.expiresAt)).toBeGreaterThan(Date.now())
  for (const base of ['', '/api', '/api/v1']) {
    const { events } = await readStream(`${base}${made.streamUrl}`)
    expect(events.at(-1)?.event).toBe('connected')
  }
})

test('a stream refuses who shows no key, a wrong token, or the token of another session', async () => {
  const { body: made } = await v1('POST', `/sessions/phone/stream-token`)
  const other = await create('other')
  for (const query of ['', '?token=abc', `?token=${encodeURIComponent(made.token)}`]) {
    const response = await fetch(`${devices.hermod.url}/api/v1/sessions/${other}/stream${query}`)
    expect([query, response.status]).toEqual([query, 401])
    expect(await response.json()).toEqual({ detail: expect.any(String) })
  }
})

test('a session is disconnected and comes back by a restart', async () => {
  const { id } = (await v1('GET', '/sessions/phone')).body
  expect(await v1('POST', `/sessions/${id}/disconnect`)).toMatchObject({
    status: 200,
    body: { status: 'disconnect_initiated' },
  })
  expect((await v1('GET', `/sessions/${id}`)).body.status).toBe('disconnected')
  const body = { to: '+27825550001', message: 'Hello', sessionId: id }
  expect(await v1('POST', '/messages', { body })).toMatchObject({
    status: 409,
    body: { detail: 'Session is not connected (status: disconnected)' },
  })
  expect(await v1('POST', `/sessions/${id}/restart`)).toMatchObject({
    status: 200,
    body: { status: 'restart_initiated' },
  })
  const { events } = await readStream(`/api/v1/sessions/${id}/stream`, { headers: bearer() })
  expect(events.at(-1)?.event).toBe('connected')
})

test('a pairing that its owner gives up ends the stream with an error', async () => {
  const id = await create('given-up')
  let giving: Promise<unknown> | undefined
  const { events } = await readStream(`/api/v1/sessions/${id}/stream`, {
    headers: bearer(),
    onEvent({ event }) {
      if (event === 'qr') giving ??= v1('POST', `/sessions/${id}/disconnect`)
    },
  })
  await giving
  expect(events.at(-1)).toMatchObject({
    event: 'error',
    data: { session_id: id, error: expect.any(String), reason: expect.any(String) },
  })
})

test('a test key’s session shows a code and is connected at once', async () => {
  const { body } = await devices.hermod.call('POST', '/keys', { key, body: { name: 'play', mode: 'test' } })
  const play = body.data.apiKey
  const made = await v1('POST', '/sessions', { key: play, body: { session_key: 'phone' } })
  const { events } = await readStream(`/api/v1/sessions/${made.body.id}/stream`, {
    headers: { authorization: `Bearer ${play}` },
  })
  expect(events.map(({ event }) => event)).toEqual(['qr', 'connected'])
  expectPng(events[0]?.data.qr_data)
})

test('a stream that nobody answers ends after its time with an error', async () => {
  const { ctx } = devices.hermod.service
  const id = await create('too-late')
  const before = ctx.config.devices.streamMs
  Object.assign(ctx.config.devices, { streamMs: 50 })
  try {
    const { events } = await readStream(`/api/v1/sessions/${id}/stream`, { headers: bearer() })
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { error: 'Connection timeout' } })
  } finally {
    Object.assign(ctx.config.devices, { streamMs: before })
  }
})
