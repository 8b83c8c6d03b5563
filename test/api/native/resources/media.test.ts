import { request as httpRequest } from 'node:http'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mediaRules } from '../../../../src/domain/messages/media.ts'
import { customerCallback, postCallback } from '../../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type Answer, type TestService } from '../../../support/service.ts'

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService({ graph: { mediaChecked: true } })
  key = await hermod.connect()
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
})
afterAll(() => hermod.stop())

const to = '14155552671'
const phoneNumberId = '106540352242922'
const jpeg = Buffer.from('ffd8ffe000104a46494600010101', 'hex')

/** Uploads a form, as a browser or curl would. */
async function upload(form: FormData, asKey = key): Promise<Answer> {
  const response = await fetch(`${hermod.url}/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${asKey}` },
    body: form,
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** A form; the file first, so that the fields after it count too. */
function formOf(file: Blob, fields: Record<string, string> = {}, filename = 'photo.jpg'): FormData {
  const form = new FormData()
  form.append('file', file, filename)
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

const blob = (bytes: Buffer, type: string) => new Blob([new Uint8Array(bytes)], { type })
const uploadRaw = (bytes: Buffer, type: string, query = '') =>
  hermod.call('POST', `/media${query}`, { key, raw: bytes, headers: { 'content-type': type } })

/** Files that uploads left behind. */
const leftovers = async () => (await readdir(tmpdir())).filter((name) => /^hermod-[0-9a-f-]{36}$/.test(name))

describe('an upload', () => {
  test('goes to Meta byte by byte, and is sent by its id', async () => {
    const bytes = Buffer.concat([jpeg, Buffer.from('Grüße\r\n--x\r\n')])
    const answer = await upload(formOf(blob(bytes, 'image/jpeg'), {}, 'Ana’s "photo".jpg'))
    expect(answer).toMatchObject({
      status: 201,
      body: { success: true, data: { kind: 'image', mimeType: 'image/jpeg', size: bytes.length } },
    })
    const { id, expiresAt } = answer.body.data
    expect(hermod.graph.control.media(id)).toMatchObject({ bytes, mimeType: 'image/jpeg' })
    expect((Date.parse(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(30, 1)

    const media = { type: 'image', mediaId: id }
    const sent = await hermod.call('POST', '/send-message', { key, body: { to, media } })
    await hermod.messageUntil(key, sent.body.data.id, ({ status }) => status === 'read')
  })

  test('may be the body itself, under its own type', async () => {
    const answer = await uploadRaw(jpeg, 'audio/ogg; codecs=opus')
    expect(answer).toMatchObject({ status: 201, body: { data: { kind: 'audio' } } })
    expect(hermod.graph.control.media(answer.body.data.id)).toMatchObject({
      bytes: jpeg,
      mimeType: 'audio/ogg; codecs=opus',
    })
  })

  test('takes the type from the form where the file has none', async () => {
    const file = blob(jpeg, 'application/octet-stream')
    expect(await upload(formOf(file, { type: 'image/png' }))).toMatchObject({
      status: 201,
      body: { data: { kind: 'image', mimeType: 'image/png' } },
    })
    expectRefusal(await upload(formOf(file)), { status: 415, code: 'unsupported_media_type' })
  })

  test('to the sandbox works without credentials', async () => {
    const other = await hermod.register()
    const answer = await upload(formOf(blob(jpeg, 'image/jpeg'), { session: 'sandbox' }), other)
    expect(answer).toMatchObject({ status: 201, body: { data: { id: expect.stringMatching(/^sandbox-/) } } })
    const media = { type: 'image', mediaId: answer.body.data.id }
    const sent = await hermod.call('POST', '/send-message', {
      key: other,
      body: { to, media, session: 'sandbox' },
    })
    expectRefusal(await hermod.call('GET', `/messages/${sent.body.data.id}/media`, { key: other }), {
      status: 404,
      code: 'media_not_found',
    })
  })

  test.each([
    ['a type that WhatsApp does not take', 'application/zip', {}, 415, 'unsupported_media_type'],
    [
      'a type that breaks out of a header',
      'image/jpeg',
      { type: 'image/png\r\nX: y' },
      415,
      'unsupported_media_type',
    ],
    ['a kind that it is not of', 'image/jpeg', { type: 'video' }, 400, 'validation_failed'],
    ['an unknown field', 'image/jpeg', { caption: 'Hi' }, 400, 'validation_failed'],
    ['a session that is not there', 'image/jpeg', { session: 'nobody' }, 404, 'session_not_found'],
  ] as const)('of %s is refused', async (_what, type, fields, status, code) => {
    const answer = await upload(formOf(blob(jpeg, type), fields))
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code })
  })

  test('without a file, with two, or with an empty one is refused', async () => {
    const none = new FormData()
    none.append('type', 'image/jpeg')
    expectInvalid(await upload(none), 'body.file')
    const two = formOf(blob(jpeg, 'image/jpeg'))
    two.append('file', blob(jpeg, 'image/jpeg'), 'again.jpg')
    expectInvalid(await upload(two), 'body.file')
    expectInvalid(await upload(formOf(blob(Buffer.alloc(0), 'image/jpeg'))), 'body.file')
    expectInvalid(await uploadRaw(Buffer.alloc(0), 'image/jpeg'), 'body.file')
  })

  test.each(['multipart/form-data', 'multipart/form-data; boundary=x'])(
    'whose form cannot be read (%s) is a 400',
    async (type) => {
      expectRefusal(await uploadRaw(Buffer.from('no form'), type), { status: 400, code: 'bad_request' })
    },
  )

  test('of JSON is told what is taken', async () => {
    const answer = await hermod.call('POST', '/media', { key, body: { file: 'x' } })
    expectRefusal(answer, { status: 415, code: 'unsupported_media_type' })
    expect(answer.body.error).toContain('image/jpeg')
  })

  test('that Meta refuses is told in Meta’s words; while Meta is away it is a 503', async () => {
    const { rules } = hermod.graph.control
    rules.replace({ when: { endpoint: 'media' }, outcome: { kind: 'error', code: 131_053 } })
    expectRefusal(await uploadRaw(jpeg, 'image/jpeg'), { status: 422, code: 'media_refused' })
    rules.replace({ when: { endpoint: 'media' }, outcome: { kind: 'drop', accepted: false } })
    expectRefusal(await uploadRaw(jpeg, 'image/jpeg'), { status: 503, code: 'provider_unreachable' })
    rules.clear()
  })

  test('leaves no file behind, whatever became of it', async () => {
    expect(await leftovers()).toEqual([])
  })
})

describe('a file that is too large', () => {
  const { bytesMax } = mediaRules.image

  test('is refused by its announced length before a byte of it is read', async () => {
    const answer = await uploadRaw(Buffer.alloc(bytesMax + 1), 'image/jpeg')
    expectRefusal(answer, { status: 413, code: 'payload_too_large' })
    expect(answer.body.error).toContain('5 MB')
  })

  test('is cut off as soon as it is, and never reaches Meta', async () => {
    const uploads = { count: 0 }
    hermod.graph.control.rules.replace({
      when: ({ endpoint }) => {
        if (endpoint === 'media') uploads.count += 1
        return false
      },
    })
    for (const form of [false, true]) {
      const { status, body, acceptedBytes } = await pourIn(form, 64 * bytesMax)
      expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' })
      // What the service read, and what the buffers on the way to it hold.
      expect(acceptedBytes).toBeLessThan(6 * bytesMax)
    }
    hermod.graph.control.rules.clear()
    expect(uploads.count).toBe(0)
    expect(await leftovers()).toEqual([])
  })

  test('for a sender that is not there is not waited for', async () => {
    const part = (name: string) => `--b\r\nContent-Disposition: form-data; name="${name}"`
    const file = `${part('file')}; filename="a"\r\nContent-Type: image/jpeg\r\n\r\nthe first bytes`
    const form = 'multipart/form-data; boundary=b'
    expect(await beginUpload('?session=nobody', 'image/jpeg', 'the first bytes')).toBe(404)
    expect(await beginUpload('?session=nobody', form, file)).toBe(404)
    expect(await beginUpload('', form, `${part('session')}\r\n\r\nnobody\r\n${file}`)).toBe(404)
  })

  test('of another kind may have its own size', async () => {
    const answer = await uploadRaw(Buffer.alloc(bytesMax + 1), 'video/mp4')
    expect(answer).toMatchObject({ status: 201, body: { data: { size: bytesMax + 1 } } })
  })
})

/** Pours an image of unknown length in until there is an answer; `acceptedBytes` is how much went out by then. */
function pourIn(
  form: boolean,
  bytes: number,
): Promise<{ status: number; body: { code: string }; acceptedBytes: number }> {
  const type = form ? 'multipart/form-data; boundary=b' : 'image/jpeg'
  const head =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/jpeg\r\n\r\n'
  const piece = Buffer.alloc(64 * 1_024)
  return new Promise((resolve, reject) => {
    let written = 0
    let answered = false
    const outgoing = httpRequest(`${hermod.url}/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': type, 'transfer-encoding': 'chunked' },
    })
    outgoing.on('error', (error) => (answered ? undefined : reject(error)))
    outgoing.on('response', (incoming) => {
      answered = true
      const acceptedBytes = written - outgoing.writableLength
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        outgoing.destroy()
        resolve({
          status: incoming.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(chunks).toString()),
          acceptedBytes,
        })
      })
    })
    if (form) outgoing.write(head)
    const pour = (): void => {
      while (!answered && written < bytes) {
        written += piece.length
        if (!outgoing.write(piece)) return void outgoing.once('drain', pour)
      }
    }
    pour()
  })
}

/** Sends the beginning of an upload that never goes on; resolves with the status of the answer. */
function beginUpload(query: string, type: string, beginning: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${hermod.url}/media${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': type, 'transfer-encoding': 'chunked' },
    })
    outgoing.on('error', reject)
    outgoing.on('response', ({ statusCode = 0 }) => {
      outgoing.off('error', reject).on('error', () => undefined)
      outgoing.destroy()
      resolve(statusCode)
    })
    outgoing.write(beginning)
  })
}

describe('the file of an inbound message', () => {
  let wamids = 0
  /** A customer's message, stored; resolves with its id. */
  async function receive(message: Record<string, unknown>): Promise<string> {
    const id = `wamid.media-${(wamids += 1)}`
    await postCallback(hermod, customerCallback(phoneNumberId, { id, ...message }))
    const found = await until(
      async () => (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data,
      (data) => data.some(({ externalId }: { externalId: string }) => externalId === id),
    )
    return found.find(({ externalId }: { externalId: string }) => externalId === id).id
  }
  const fetchFile = (id: string, signal?: AbortSignal) =>
    fetch(`${hermod.url}/messages/${id}/media`, {
      headers: { authorization: `Bearer ${key}` },
      ...(signal && { signal }),
    })
  const asAnswer = async (response: Response): Promise<Answer> => ({
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  })

  test.each(['image', 'video', 'audio', 'document', 'sticker'])(
    'of type %s comes as it was sent',
    async (type) => {
      const bytes = Buffer.concat([jpeg, Buffer.from(type)])
      const mediaId = hermod.graph.control.addMedia({ bytes, mimeType: 'text/html' })
      const filename = 'Müll "x".html'
      const id = await receive({
        type,
        [type]: { id: mediaId, mime_type: 'text/html', sha256: 'x', filename },
      })
      const response = await fetchFile(id)
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
      // A stranger's file is never shown or run in a browser.
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/html',
        'content-length': String(bytes.length),
        'content-disposition': `attachment; filename="M_ll _x_.html"; filename*=UTF-8''M%C3%BCll%20%22x%22.html`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, no-store',
      })
    },
  )

  test('that Meta forgot is gone, and a message without one is a 404', async () => {
    const mediaId = hermod.graph.control.addMedia({ bytes: jpeg, mimeType: 'image/jpeg' })
    const id = await receive({ type: 'image', image: { id: mediaId, mime_type: 'image/jpeg' } })
    hermod.graph.control.deleteMedia(mediaId)
    expectRefusal(await asAnswer(await fetchFile(id)), { status: 410, code: 'media_gone' })
    const plain = await receive({ type: 'text', text: { body: 'Hi' } })
    expectRefusal(await asAnswer(await fetchFile(plain)), { status: 404, code: 'media_not_found' })
  })

  test('that Meta’s file server does not have is gone', async () => {
    const url = `${hermod.graph.url}/whatsapp_business/attachments/?mid=none`
    const mediaId = hermod.graph.control.addMedia({ bytes: jpeg, mimeType: 'image/jpeg', url })
    const id = await receive({ type: 'image', image: { id: mediaId } })
    expectRefusal(await asAnswer(await fetchFile(id)), { status: 410, code: 'media_gone' })
  })

  test('is a 503 while Meta is away', async () => {
    const mediaId = hermod.graph.control.addMedia({ bytes: jpeg, mimeType: 'image/jpeg' })
    const id = await receive({ type: 'image', image: { id: mediaId } })
    hermod.graph.control.rules.replace({
      when: { endpoint: 'media' },
      outcome: { kind: 'html', status: 502 },
    })
    const answer = await asAnswer(await fetchFile(id))
    hermod.graph.control.rules.clear()
    expectRefusal(answer, { status: 503, code: 'provider_unreachable' })
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  test('at a host that is not Meta’s is not fetched: the token is shown to nobody else', async () => {
    const url = `${hermod.receiver.url}/steal`
    const mediaId = hermod.graph.control.addMedia({ bytes: jpeg, mimeType: 'image/jpeg', url })
    const id = await receive({ type: 'image', image: { id: mediaId } })
    expectRefusal(await asAnswer(await fetchFile(id)), { status: 503, code: 'provider_unreachable' })
    expect(hermod.receiver.deliveries.filter(({ path }) => path === '/steal')).toEqual([])
  })

  test('is fetched no further when the client goes away', async () => {
    const bytes = Buffer.alloc(64 * 1_024 * 1_024)
    const mediaId = hermod.graph.control.addMedia({ bytes, mimeType: 'video/mp4' })
    const id = await receive({ type: 'video', video: { id: mediaId } })
    // More than all places together: each of them must come free again.
    for (let round = 0; round < 10; round += 1) {
      const away = new AbortController()
      const response = await until(
        () => fetchFile(id, away.signal),
        ({ status }) => status === 200,
      )
      const reader = response.body?.getReader()
      await reader?.read()
      away.abort()
    }
  })
})

test('a message sent by a URL has its file there, and one sent by mediaId here', async () => {
  const uploaded = await uploadRaw(jpeg, 'image/jpeg')
  const byId = { type: 'image', mediaId: uploaded.body.data.id }
  const sent = await hermod.call('POST', '/send-message', { key, body: { to, media: byId } })
  const file = await fetch(`${hermod.url}/messages/${sent.body.data.id}/media`, {
    headers: { authorization: `Bearer ${key}` },
  })
  expect(Buffer.from(await file.arrayBuffer())).toEqual(jpeg)
  const byUrl = { type: 'image', url: `${hermod.receiver.url}/a.jpg` }
  const linked = await hermod.call('POST', '/send-message', { key, body: { to, media: byUrl } })
  const answer = await hermod.call('GET', `/messages/${linked.body.data.id}/media`, { key })
  expectRefusal(answer, { status: 404, code: 'media_not_found' })
  expect(answer.body.error).toContain(byUrl.url)
})

describe('a link that leads inside is refused when it is sent:', () => {
  const inside = 'https://10.0.0.1/a.jpg'
  const button = {
    type: 'button',
    body: { text: '?' },
    action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
  }
  const parameters = [{ type: 'image', image: { link: inside } }]
  const shown = { card_index: 0, header: { type: 'image', image: { link: inside } } }
  const card = { card_index: 0, components: [{ type: 'header', parameters }] }
  const template = (components: unknown[]) => ({ template: { name: 'x', language: 'en', components } })

  test.each<[what: string, content: object, ...paths: string[]]>([
    ['media', { media: { type: 'image', url: inside } }, 'body.media.url'],
    [
      'the header of an interactive message',
      { interactive: { ...button, header: { type: 'image', image: { link: inside } } } },
      'body.interactive.header.image.link',
    ],
    [
      'the card of an interactive carousel',
      { interactive: { type: 'carousel', body: { text: 'See' }, action: { cards: [shown, shown] } } },
      'body.interactive.action.cards.0.header.image.link',
      'body.interactive.action.cards.1.header.image.link',
    ],
    [
      'the header of a template',
      template([{ type: 'header', parameters }]),
      'body.template.components.0.parameters.0.image.link',
    ],
    [
      'the card of a carousel',
      template([{ type: 'carousel', cards: [card] }]),
      'body.template.components.0.cards.0.components.0.parameters.0.image.link',
    ],
  ])('%s', async (_what, content, ...paths) => {
    for (const more of [{}, { session: 'sandbox' }]) {
      expectInvalid(
        await hermod.call('POST', '/send-message', { key, body: { to, ...content, ...more } }),
        ...paths,
      )
    }
  })

  test('item by item in a bulk, which looks a host up once', async () => {
    const { guard } = hermod.service.ctx
    const { vet } = guard
    let looks = 0
    guard.vet = (url) => {
      looks += 1
      return vet(url)
    }
    const item = (url: string) => ({ to, media: { type: 'image', url } })
    const messages = Array.from({ length: 50 }, (_, index) => item(`https://10.0.0.2/${index}.jpg`))
    const answer = await hermod.call('POST', '/messages/bulk', { key, body: { messages } })
    guard.vet = vet
    expect(answer.body.data).toMatchObject({ queued: 0, failedCount: 50 })
    expect(answer.body.data.errors[7]).toMatchObject({ index: 7, details: [{ path: 'body.media.url' }] })
    expect(looks).toBe(1)
  })

  test('a host whose look-up hangs holds nobody up for long', async () => {
    const { guard } = hermod.service.ctx
    const { vet } = guard
    guard.vet = () => new Promise(() => undefined)
    const messages = Array.from({ length: 200 }, (_, index) => ({
      to,
      media: { type: 'image', url: `https://slow-${index}.example/a.jpg` },
    }))
    const answer = await hermod.call('POST', '/messages/bulk', { key, body: { messages } })
    guard.vet = vet
    expect(answer).toMatchObject({ status: 202, body: { data: { queued: 200 } } })
  }, 15_000)
})
