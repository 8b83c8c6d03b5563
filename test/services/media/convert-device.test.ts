import { fileTypeFromBuffer } from 'file-type'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { sendFile, startMediaFiles, type MediaFiles } from '../../support/media-files.ts'
import { type MessageView } from '../../support/service.ts'

/** Files that are checked and converted for a linked device. */

let service: DeviceService
let files: MediaFiles
let key: string
beforeAll(async () => {
  files = await startMediaFiles()
  service = await startDeviceService({ env: { OUTBOUND_ALLOW_HTTP: 'true' } })
  ;({ key } = await service.device('27821234581'))
}, 180_000)
afterAll(async () => {
  await service.stop()
  await files.close()
})

const isOver = ({ status }: MessageView) => ['delivered', 'read', 'failed'].includes(status)
let people = 0

async function send(kind: 'image' | 'video' | 'audio', url: string, voice = false) {
  people += 1
  const to = `55119999906${10 + people}`
  const id = await sendFile(service.hermod, key, { to, kind, url, voice, caption: 'look' })
  const view = await service.hermod.messageUntil(key, id, isOver)
  const [arrived] = service.whatsApp.control.ledger.byRecipient(to)
  const type = await fileTypeFromBuffer(Buffer.from(arrived?.media?.beginning ?? '', 'base64'))
  return { view, arrived, type: type?.mime }
}

test.each([
  ['image', 'photo.jpg', 'image', 'image/jpeg'],
  ['image', 'photo.png', 'image', 'image/png'],
  ['image', 'photo.webp', 'image', 'image/jpeg'],
  ['image', 'moving.gif', 'video', 'video/mp4'],
  ['video', 'clip.mp4', 'video', 'video/mp4'],
  ['video', 'clip.3gp', 'video', 'video/3gpp'],
  ['video', 'clip.mov', 'video', 'video/mp4'],
  ['video', 'clip.webm', 'video', 'video/mp4'],
  ['audio', 'tone.mp3', 'audio', 'audio/mpeg'],
  ['audio', 'mono.ogg', 'audio', 'audio/ogg; codecs=opus'],
  ['audio', 'stereo.ogg', 'audio', 'audio/x-m4a'],
  ['audio', 'tone.aac', 'audio', 'audio/aac'],
  ['audio', 'tone.wav', 'audio', 'audio/x-m4a'],
] as const)(
  'every type that is taken arrives as one that phones play: as %s, %s',
  async (kind, name, as, type) => {
    const sent = await send(kind, `${files.base}/${name}`)
    expect(sent.view).toMatchObject({ errorCode: null })
    expect(sent.arrived).toMatchObject({ kind: as, faults: [] })
    expect(sent.type).toBe(type)
  },
)

test('a GIF plays by itself, with its caption', async () => {
  const { arrived } = await send('image', `${files.base}/moving.gif`)
  expect(arrived?.content).toMatchObject({ videoMessage: { gifPlayback: true, caption: 'look' } })
})

test('a voice note is made of a sound', async () => {
  const { arrived, type } = await send('audio', `${files.base}/tone.wav`, true)
  expect(arrived).toMatchObject({ kind: 'voice', content: { audioMessage: { ptt: true } } })
  expect(type).toBe('audio/ogg; codecs=opus')
})
