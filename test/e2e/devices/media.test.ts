import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeServer, listen } from '../../fakes/http.ts'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'

/** Files that devices send: from a URL, and uploaded before. */

const bytes = Buffer.from('the bytes of a file, which nobody looks into')
const sha256 = createHash('sha256').update(bytes).digest('hex')
const files = createServer((request, response) => {
  if (request.url === '/large') response.writeHead(200, { 'content-length': 200 * 1_024 * 1_024 })
  if (request.url === '/gone') response.writeHead(404)
  else response.writeHead(200, { 'content-type': 'application/pdf' })
  response.end(request.url === '/endless' ? Buffer.alloc(17 * 1_024 * 1_024) : bytes)
})
let base: string
let service: DeviceService
let key: string
beforeAll(async () => {
  base = `http://127.0.0.1:${await listen(files, { host: '127.0.0.1', port: 0 })}`
  service = await startDeviceService({ env: { OUTBOUND_ALLOW_HTTP: 'true' } })
  ;({ key } = await service.device('27821234580'))
})
afterAll(async () => {
  await service.stop()
  await closeServer(files)
})

let people = 0
async function send(media: Record<string, unknown>, wanted = 'delivered') {
  people += 1
  const to = `55119999907${10 + people}`
  const message = await service.send(key, { to, media })
  const view = await service.hermod.messageUntil(key, message, ({ status }) => status === wanted)
  return { view, arrived: service.whatsApp.control.ledger.byRecipient(to) }
}

test.each([
  ['image', { type: 'image', caption: 'look' }],
  ['video', { type: 'video' }],
  ['audio', { type: 'audio' }],
  ['voice', { type: 'audio', voice: true }],
  ['document', { type: 'document', filename: 'a.pdf' }],
  ['sticker', { type: 'sticker' }],
])('a file from a URL arrives as %s', async (kind, media) => {
  const { arrived } = await send({ ...media, url: `${base}/file` })
  expect(arrived).toMatchObject([{ kind, media: { sha256, bytes: bytes.length }, faults: [] }])
})

test.each(['/gone', '/endless'])(
  'a file that cannot be had, or is too large, fails the message: %s',
  async (path) => {
    const { view, arrived } = await send({ type: 'audio', url: `${base}${path}` }, 'failed')
    expect(view).toMatchObject({ errorCode: 'media_failed' })
    expect(arrived).toEqual([])
  },
)

test('a file that was uploaded is sent by its id, as often as wanted', async () => {
  const form = new FormData()
  form.append('file', new Blob([bytes], { type: 'application/pdf' }), 'terms.pdf')
  const encoded = new Response(form)
  const answer = await service.hermod.call('POST', '/media', {
    key,
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
    raw: Buffer.from(await encoded.arrayBuffer()),
  })
  expect(answer.status).toBe(201)
  const { data } = answer.body
  for (const filename of ['first.pdf', 'second.pdf']) {
    const { arrived } = await send({ type: 'document', mediaId: data.id, filename })
    expect(arrived).toMatchObject([
      { kind: 'document', media: { sha256 }, content: { documentMessage: { fileName: filename } } },
    ])
  }
  const { view } = await send({ type: 'image', mediaId: data.id }, 'failed')
  expect(view).toMatchObject({ errorCode: 'media_failed' })
})
