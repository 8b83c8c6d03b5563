import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { until } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

let service: DeviceService
let sql: Sql
let key: string
beforeAll(async () => {
  service = await startDeviceService()
  sql = await connectSql(service.hermod.databaseUrl)
  key = await service.hermod.register()
})
afterAll(async () => {
  await sql.end()
  await service.stop()
})

let count = 0
async function newDevice(): Promise<string> {
  count += 1
  return service.create(key, { name: `device-${count}` })
}
const post = (id: string, act: string, body?: unknown) =>
  service.hermod.call('POST', `/sessions/${id}/${act}`, { key, ...(body !== undefined && { body }) })

test('a device that is not paired refuses sends, and has no code', async () => {
  const id = await newDevice()
  const { hermod } = service
  const sent = await hermod.call('POST', '/send-message', {
    key,
    body: { to: '5511999990001', message: 'Hi', session: id },
  })
  expect(sent).toMatchObject({ status: 409, body: { code: 'session_not_linked' } })
  expect(sent.body.error).toContain(`/sessions/${id}/pair`)
  expect(await hermod.call('GET', `/sessions/${id}/qr`, { key })).toMatchObject({
    status: 409,
    body: { code: 'no_pairing_code' },
  })
  expect(await post(id, 'connect')).toMatchObject({ status: 409, body: { code: 'session_not_linked' } })
  for (const act of ['disconnect', 'logout']) expect(await post(id, act)).toMatchObject({ status: 200 })
})

test('the code is shown as a picture or as text, and is gone when the pairing is given up', async () => {
  const id = await newDevice()
  const { hermod } = service
  const paired = await post(id, 'pair', { method: 'qr' })
  const qr = (path: string, accept = '*/*') =>
    hermod.call('GET', `/sessions/${id}/qr${path}`, { key, headers: { accept } })
  const text = await qr('?format=text')
  expect(text.body).toBe(paired.body.data.qr)
  expect((await qr('', 'image/svg+xml')).body).toMatch(/^<\?xml|^<svg/)
  const png = await fetch(`${hermod.url}/sessions/${id}/qr`, { headers: { authorization: `Bearer ${key}` } })
  expect(png.headers.get('content-type')).toBe('image/png')
  const bytes = Buffer.from(await png.arrayBuffer())
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  await post(id, 'disconnect')
  expect(await service.link(key, id)).toMatchObject({ state: 'unpaired' })
  expect(await qr('')).toMatchObject({ status: 409 })
  expect(await sql.query('select name from device_keys where session_id = $1', [id])).toEqual([])
})

test('a stream tells how a pairing goes, from its beginning to the connection', async () => {
  const id = await newDevice()
  const made = await post(id, 'stream-token')
  const leave = new AbortController()
  const stream = await fetch(`${service.hermod.url}/sessions/${id}/stream?token=${made.body.data.token}`, {
    signal: leave.signal,
  })
  expect(stream.status).toBe(200)
  const events: { event: string; data: any }[] = []
  const reading = readEvents(stream, events)
  const told = (event: string) =>
    until(
      () => events.find((one) => one.event === event),
      (one) => one !== undefined,
      `an event ${event}`,
      60_000,
    )
  expect((await told('state'))?.data).toMatchObject({ state: 'unpaired' })
  await post(id, 'pair', { method: 'qr' })
  const qr = await told('qr')
  await service.whatsApp.control.scanQr({ qr: qr?.data.qr, phone: '27821234540' })
  expect((await told('connected'))?.data).toMatchObject({ phone: '27821234540' })
  await service.hermod.call('DELETE', `/sessions/${id}`, { key })
  await told('end')
  leave.abort()
  await reading
})

/** Reads server-sent events until the stream ends. */
async function readEvents(response: Response, events: { event: string; data: unknown }[]): Promise<void> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) })
      }
    }
  } catch {
    // The test left.
  }
}

test('a token opens the one stream that it was made for', async () => {
  const [mine, other] = [await newDevice(), await newDevice()]
  const { token } = (await post(mine, 'stream-token')).body.data
  const stream = (id: string, given: string) =>
    service.hermod.call('GET', `/sessions/${id}/stream?token=${given}`)
  expect(await stream(other, token)).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } })
  expect(await stream(mine, `${token.slice(0, -8)}AAAAAAAA`)).toMatchObject({ status: 401 })
  // A token is judged before the rest of its request.
  expect(await stream('%5B%5D', '+')).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } })
  expect(await service.hermod.call('GET', `/sessions/${mine}/stream`)).toMatchObject({ status: 401 })
})

test('other accounts, and other kinds of senders, have nothing to link', async () => {
  const id = await newDevice()
  const stranger = await service.hermod.register()
  const asked = (who: string, path: string) =>
    service.hermod.call('POST', `/sessions/${path}/pair`, { key: who, body: { method: 'qr' } })
  expect(await asked(stranger, id)).toMatchObject({ status: 404, body: { code: 'session_not_found' } })
  const { body } = await service.hermod.call('GET', '/sessions', { key })
  const sandbox = body.data.find(({ provider }: { provider: string }) => provider === 'sandbox')
  expect(await asked(key, sandbox.id)).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  expect(sandbox).not.toHaveProperty('link')
})

test.each([
  [{ method: 'code' }, 'body.phone'],
  [{ method: 'code', phone: 'not a number' }, 'body.phone'],
  [{ method: 'sms' }, 'body.method'],
])('a pairing that is not well asked for is refused: %j', async (asked, path) => {
  const answer = await post(await newDevice(), 'pair', asked)
  expect(answer).toMatchObject({ status: 400, body: { details: [{ path }] } })
})

test('a device that is linked is not paired again, until it is logged out; its keys are gone then', async () => {
  const id = await newDevice()
  await service.pair(key, id, '27821234541')
  expect(await post(id, 'pair', { method: 'qr' })).toMatchObject({
    status: 409,
    body: { code: 'session_linked' },
  })
  expect((await sql.query('select 1 from device_keys where session_id = $1', [id])).length).toBeGreaterThan(
    100,
  )
  expect(await post(id, 'logout')).toMatchObject({
    status: 200,
    body: { data: { link: { state: 'logged_out' } } },
  })
  expect(await post(id, 'logout')).toMatchObject({ status: 200 })
  expect(await sql.query('select 1 from device_keys where session_id = $1', [id])).toEqual([])
  expect(service.whatsApp.control.devices().filter(({ device }) => device.startsWith('27821234541'))).toEqual(
    [],
  )
  await service.pair(key, id, '27821234541')
})

test('a session that is removed logs its device out, and nothing of it stays', async () => {
  const id = await newDevice()
  await service.pair(key, id, '27821234542')
  expect(await service.hermod.call('DELETE', `/sessions/${id}`, { key })).toMatchObject({ status: 200 })
  await until(
    () => sql.query('select 1 from devices where session_id = $1', [id]),
    (rows) => rows.length === 0,
  )
  expect(await sql.query('select 1 from device_keys where session_id = $1', [id])).toEqual([])
  expect(service.whatsApp.control.devices().filter(({ device }) => device.startsWith('27821234542'))).toEqual(
    [],
  )
})

test('a proxy that leads inside is not connected to, and the device says why', async () => {
  const guarded = await startDeviceService({ env: { OUTBOUND_ALLOW_CIDRS: '' } })
  try {
    const owner = await guarded.hermod.register()
    const id = await guarded.create(owner, { settings: { proxyUrl: 'http://user:secret@10.0.0.1:3128' } })
    const asked = await guarded.hermod.call('POST', `/sessions/${id}/pair`, {
      key: owner,
      body: { method: 'qr' },
    })
    expect(asked).toMatchObject({ status: 503, body: { code: 'pairing_failed' } })
    expect(asked.body.error).toContain('not a public address')
    const { body } = await guarded.hermod.call('GET', `/sessions/${id}`, { key: owner })
    expect(body.data).toMatchObject({
      link: { state: 'unpaired' },
      settings: { proxyUrl: 'http://user:***@10.0.0.1:3128/' },
    })
  } finally {
    await guarded.stop()
  }
})
