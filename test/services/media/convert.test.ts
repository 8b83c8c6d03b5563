import { createCipheriv } from 'node:crypto'
import { fileTypeFromBuffer } from 'file-type'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendFile, startMediaFiles, type MediaFiles } from '../../support/media-files.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startTestService, type MessageView, type TestService } from '../../support/service.ts'

/** Files that are checked and converted for a number of the Cloud API. */

const mebi = 1_024 * 1_024
let hermod: TestService
let files: MediaFiles
let sender: TestSender
beforeAll(async () => {
  files = await startMediaFiles()
  hermod = await startTestService({ env: { OUTBOUND_ALLOW_HTTP: 'true' } })
  sender = await connectSender(hermod)
}, 120_000)
afterAll(async () => {
  await hermod.stop()
  await files.close()
})

const isOver = ({ status }: MessageView) => ['delivered', 'read', 'failed'].includes(status)

type Kind = 'image' | 'video' | 'audio'

/** Sends a file, waits for the end, and gives what Meta was told and the file that it was given. */
async function send(kind: Kind, url: string, more: { voice?: boolean; wanted?: string } = {}) {
  const { wanted = 'arrived', ...wish } = more
  const to = sender.recipient()
  const id = await sendFile(hermod, sender.key, { to, kind, url, ...wish })
  const view = await hermod.messageUntil(sender.key, id, isOver)
  expect(view).toMatchObject(wanted === 'failed' ? { status: 'failed' } : { errorCode: null })
  const [sent] = hermod.graph.control.ledger.byRecipient(to)
  const media = sent?.body?.[sent.type] as { id?: string; link?: string; voice?: boolean } | undefined
  const uploaded = media?.id === undefined ? undefined : hermod.graph.control.media(media.id)
  return { id, to, view, type: sent?.type, media, uploaded }
}

test.each<[Kind, string]>([
  ['image', 'photo.jpg'],
  ['image', 'photo.png'],
  ['video', 'clip.mp4'],
  ['video', 'clip.3gp'],
  ['audio', 'tone.mp3'],
  ['audio', 'mono.ogg'],
  ['audio', 'tone.aac'],
])('a file that the sender takes is named by its URL, as %s: %s', async (kind, name) => {
  const { type, media } = await send(kind, `${files.base}/${name}`)
  expect(type).toBe(kind)
  expect(media).toEqual({ link: `${files.base}/${name}` })
})

test.each<[Kind, string, string, string]>([
  ['image', 'photo.webp', 'image', 'image/jpeg'],
  ['image', 'moving.gif', 'video', 'video/mp4'],
  ['video', 'moving.gif', 'video', 'video/mp4'],
  ['video', 'clip.mov', 'video', 'video/mp4'],
  ['video', 'clip.webm', 'video', 'video/mp4'],
  ['audio', 'tone.wav', 'audio', 'audio/mp4'],
  ['audio', 'stereo.ogg', 'audio', 'audio/mp4'],
  ['audio', 'vorbis.ogg', 'audio', 'audio/mp4'],
])('a file that the sender does not take is converted, as %s: %s', async (kind, name, type, mimeType) => {
  const sent = await send(kind, `${files.base}/${name}`)
  expect(sent.type).toBe(type)
  expect(sent.media?.link).toBeUndefined()
  expect(sent.view['content']).toEqual({
    media: { type, url: `${files.base}/${name}`, mediaId: sent.media?.id },
  })
  expect(sent.uploaded?.mimeType).toBe(mimeType)
  const report = await files.probe(sent.uploaded?.bytes ?? Buffer.alloc(0))
  if (type === 'image') expect(report).toMatch(/Video: mjpeg.* 64x48/)
  if (type === 'video') expect(report).toMatch(/Video: h264.* yuv420p.* 64x48/)
  if (name.startsWith('clip')) expect(report).toMatch(/Audio: aac/)
  if (type === 'audio') expect(report).toMatch(/Audio: aac/)
})

test.each(['tone.mp3', 'stereo.ogg', 'vorbis.ogg', 'tone.aac', 'tone.wav'])(
  'a voice note is made of any sound, in Opus with one channel: %s',
  async (name) => {
    const { media, uploaded } = await send('audio', `${files.base}/${name}`, { voice: true })
    expect(media?.voice).toBe(true)
    expect(uploaded?.mimeType).toBe('audio/ogg; codecs=opus')
    expect(await files.probe(uploaded?.bytes ?? Buffer.alloc(0))).toMatch(/Audio: opus, 48000 Hz, mono/)
  },
)

test('a voice note that is one already stays as it is', async () => {
  const { media } = await send('audio', `${files.base}/mono.opus`, { voice: true })
  expect(media).toEqual({ link: `${files.base}/mono.opus`, voice: true })
})

test('what is larger than Meta takes is made smaller, and a photograph stays upright', async () => {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
    Buffer.alloc(2_400 * 1_800 * 3),
  )
  const raw = '-f rawvideo -pix_fmt rgb24 -s 2400x1800 -i INPUT'
  const jpeg = await files.make('large.jpg', `${raw} -q:v 1 -pix_fmt yuvj444p`, noise)
  const photo = withOrientation(jpeg, 6)
  const film = await files.make('large.mp4', `-stream_loop 5 -r 5 ${raw} -c:v mjpeg -q:v 1`, noise)
  expect(Math.min(photo.length / 5, film.length / 16)).toBeGreaterThan(mebi)
  const asImage = await send('image', files.put('/large.jpg', photo, { 'content-type': 'image/jpeg' }))
  expect(asImage.uploaded?.bytes.length).toBeLessThanOrEqual(5 * mebi)
  expect(await files.probe(asImage.uploaded?.bytes ?? Buffer.alloc(0))).toMatch(
    /Video: mjpeg.* (1800x2400|1440x1920)/,
  )
  const asVideo = await send('video', files.put('/large.mp4', film, { 'content-type': 'video/mp4' }))
  expect(asVideo.uploaded?.bytes.length).toBeLessThanOrEqual(16 * mebi)
  expect(await files.probe(asVideo.uploaded?.bytes ?? Buffer.alloc(0))).toMatch(/Video: h264/)
}, 60_000)

/** The EXIF data of a photograph that says how it was held. */
function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010006000000000000', 'hex')
  tiff.writeUInt16BE(orientation, 18)
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)])
}

test('a file whose server calls it something else is uploaded under its true type', async () => {
  const bytes = await files.make('true.png', '-f lavfi -i testsrc=s=64x48 -frames:v 1')
  const { media, uploaded } = await send('image', files.put('/true', bytes))
  expect(media?.link).toBeUndefined()
  expect(uploaded).toMatchObject({ mimeType: 'image/png', bytes })
})

test('the same file for many is converted once, and a retry does not convert it again', async () => {
  const bytes = await files.make('shared.gif', '-f lavfi -i testsrc=s=32x32:d=0.4:r=5')
  const url = files.put('/shared.gif', bytes, { 'content-type': 'image/gif', etag: '"one"' })
  const flaky = sender.recipient()
  hermod.graph.control.rules.add({ when: { to: flaky }, times: 1, outcome: { kind: 'error', code: 131000 } })
  const ids = await Promise.all(
    [flaky, sender.recipient(), sender.recipient()].map((to) =>
      sendFile(hermod, sender.key, { to, kind: 'image', url }),
    ),
  )
  for (const id of ids) await hermod.messageUntil(sender.key, id, isOver)
  // Three looks and one download.
  expect(files.asked.get('/shared.gif')).toBe(4)
})

test('messages of one recipient keep their order behind a file that is converted', async () => {
  const to = sender.recipient()
  const film = await files.make('ordered.webm', '-f lavfi -i testsrc=s=320x240:d=2 -c:v libvpx')
  const url = files.put('/ordered.webm', film, { 'content-type': 'video/webm' })
  const first = await sendFile(hermod, sender.key, { to, kind: 'video', url })
  const second = await sender.send({ to, message: 'after the film' })
  for (const id of [first, second]) {
    await hermod.messageUntil(sender.key, id, isOver)
  }
  const types = hermod.graph.control.ledger.byRecipient(to).map(({ type }) => type)
  expect(types).toEqual(['video', 'text'])
})

test.each<[string, Kind, () => string, RegExp]>([
  ['is of another kind', 'image', () => `${files.base}/clip.mp4`, /video\/mp4; image takes image\/jpeg/],
  [
    'is no file but a page',
    'image',
    () => files.put('/page', Buffer.from('<p>Not found</p>'), { 'content-type': 'text/html' }),
    /text\/html/,
  ],
  [
    'lies about its type',
    'image',
    () => files.put('/lie.jpg', Buffer.from('not a picture at all'), { 'content-type': 'image/jpeg' }),
    /says it is image\/jpeg and is not/,
  ],
  ['is not there', 'video', () => `${files.base}/none`, /answered 404/],
  ['is empty', 'image', () => files.put('/empty', Buffer.alloc(0)), /empty/],
  [
    'is too large',
    'audio',
    () =>
      files.put('/long.wav', Buffer.concat([Buffer.from('RIFF\0\0\0\x01WAVEfmt '), Buffer.alloc(16 * mebi)])),
    /at most 16777216/,
  ],
  [
    'redirects inside',
    'image',
    () =>
      files.on('/inside', (_, response) => {
        response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
      }),
    /not a public one/,
  ],
  [
    'redirects for ever',
    'image',
    () =>
      files.on('/round', (_, response) => {
        response.writeHead(302, { location: '/round' }).end()
      }),
    /answered 302/,
  ],
  ['is at no web address', 'image', () => 'ftp://example.com/a.jpg', /https:\/\//],
])('a file that %s is refused before anything is sent', async (_what, kind, url, says) => {
  const sending = sendFile(hermod, sender.key, { to: sender.recipient(), kind, url: url() })
  await expect(sending).rejects.toMatchObject({
    code: 'validation_failed',
    details: [{ path: 'media.url', message: expect.stringMatching(says) }],
  })
})

test('a test key sends any URL to the sandbox, which fetches nothing', async () => {
  const body = { name: 'trial', mode: 'test' }
  const made = await hermod.call('POST', '/keys', { key: sender.key, body })
  const key = made.body.data.key ?? made.body.data.apiKey
  const url = `${files.base}/nowhere.gif`
  const id = await sendFile(hermod, key, { to: sender.recipient(), kind: 'image', url })
  await hermod.messageUntil(key, id, isOver)
  expect(files.asked.get('/nowhere.gif')).toBeUndefined()
})

test('a redirect to another public address is followed', async () => {
  const url = files.on('/moved', (_, response) => {
    response.writeHead(302, { location: '/moving.gif' }).end()
  })
  const { uploaded } = await send('image', url)
  expect((await fileTypeFromBuffer(uploaded?.bytes ?? Buffer.alloc(0)))?.mime).toBe('video/mp4')
})

test('a picture that would take all memory, and a damaged one, fail their messages with a code of their own', async () => {
  const bomb = await files.make('bomb.gif', '-f lavfi -i color=c=red:s=64x48 -frames:v 1')
  // The size of its canvas, and of its one picture.
  for (const at of [6, 8]) bomb.writeUInt16LE(65_000, at)
  const picture = bomb.indexOf(0x2c, 13 + 3 * 2 ** (((bomb[10] ?? 0) % 8) + 1))
  for (const at of [5, 7]) bomb.writeUInt16LE(65_000, picture + at)
  const damaged = (await files.make('cut.webm', '-f lavfi -i testsrc=s=64x48:d=0.4 -c:v libvpx')).subarray(
    0,
    300,
  )
  const urls: [Kind, string][] = [
    ['image', files.put('/bomb.gif', bomb, { 'content-type': 'image/gif' })],
    ['video', files.put('/cut.webm', damaged, { 'content-type': 'video/webm' })],
  ]
  for (const [kind, url] of urls) {
    const { view, type } = await send(kind, url, { wanted: 'failed' })
    expect(view).toMatchObject({ errorCode: 'media_conversion_failed' })
    expect(view['errorMessage']).toMatch(/could not be converted/)
    expect(type).toBeUndefined()
  }
})

test('a worker that vanishes over a file sent nothing for certain: another begins anew', async () => {
  const { db } = hermod.service.ctx
  const to = sender.recipient()
  const session = await hermod.call('GET', '/sessions', { key: sender.key })
  const { id: sessionId } = session.body.data.find(
    (one: { provider: string }) => one.provider === 'whatsapp-cloud',
  )
  await hermod.call('PATCH', `/sessions/${sessionId}`, { key: sender.key, body: { onUnknown: 'fail' } })
  const url = `${files.base}/clip.webm`
  const sendAt = new Date(Date.now() + 3_600_000)
  const id = await sendFile(hermod, sender.key, { to, kind: 'video', url, sendAt })
  await db.query(
    '',
    `update messages set status = 'processing', attempt = 1, due_at = now(), wake_at = now() where id = $1`,
    [id],
  )
  const view = await hermod.messageUntil(sender.key, id, isOver)
  expect(view.timeline.map(({ status }) => status)).toEqual(
    expect.arrayContaining(['retrying', 'sent', 'delivered']),
  )
  expect(view.attempts.map(({ outcome }) => outcome)).toEqual(['accepted'])
  expect(hermod.graph.control.ledger.byRecipient(to)).toHaveLength(1)
})

test('a file that is another one by the time it is fetched fails its message', async () => {
  let looks = 0
  const gif = await files.make('first.gif', '-f lavfi -i testsrc=s=32x32:d=0.2:r=5')
  const url = files.on('/changing.gif', (_, response) => {
    looks += 1
    response.end(looks === 1 ? gif : '#EXTM3U\n/etc/passwd')
  })
  const { view } = await send('image', url, { wanted: 'failed' })
  expect(view).toMatchObject({ errorCode: 'media_failed' })
})

test('a file whose server fails for a while is fetched again', async () => {
  const gif = await files.make('late.gif', '-f lavfi -i testsrc=s=32x32:d=0.2:r=5')
  let looks = 0
  const url = files.on('/late.gif', (_, response) => {
    looks += 1
    if (looks === 2) response.writeHead(503)
    response.end(gif)
  })
  const { view } = await send('image', url)
  expect(view.attempts.map(({ code }) => code)).toEqual(['media_unreachable', null])
}, 40_000)
