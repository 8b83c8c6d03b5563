import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendFile, startMediaFiles, type MediaFiles } from '../../support/media-files.ts'
import { connectSender } from '../../support/senders.ts'
import { startTestService, until } from '../../support/service.ts'

/** Installations whose ffmpeg is missing, or hangs. */

let files: MediaFiles
let folder: string
beforeAll(async () => {
  files = await startMediaFiles()
  folder = await mkdtemp(path.join(tmpdir(), 'hermod-no-ffmpeg-'))
}, 120_000)
afterAll(async () => {
  await files.close()
  await rm(folder, { recursive: true, force: true })
})

async function serviceWith(ffmpeg: string, seconds = '180') {
  const hermod = await startTestService({
    env: { OUTBOUND_ALLOW_HTTP: 'true', FFMPEG_PATH: ffmpeg, CONVERSION_TIMEOUT_SECONDS: seconds },
  })
  return { hermod, sender: await connectSender(hermod) }
}

test('without ffmpeg, what must be converted is refused in words, and the rest is sent', async () => {
  const { hermod, sender } = await serviceWith(path.join(folder, 'none'))
  try {
    const send = (name: string) =>
      sendFile(hermod, sender.key, { to: sender.recipient(), kind: 'image', url: `${files.base}/${name}` })
    await expect(send('moving.gif')).rejects.toMatchObject({
      code: 'validation_failed',
      details: [{ path: 'media.url', message: expect.stringMatching(/apt-get install ffmpeg.*FFMPEG_PATH/) }],
    })
    const id = await send('photo.jpg')
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')
  } finally {
    await hermod.stop()
  }
})

/** A program that answers when it is asked for its version, and otherwise never ends; it tells its process id. */
async function hangingProgram(): Promise<{ program: string; started: string }> {
  const program = path.join(folder, 'hanging')
  const started = path.join(folder, 'started')
  await writeFile(program, `#!/bin/sh\n[ "$1" = -version ] && exit 0\necho $$ >> ${started}\nexec sleep 600\n`)
  await chmod(program, 0o755)
  return { program, started }
}

test('a conversion that hangs is killed, and its message fails', async () => {
  const { program } = await hangingProgram()
  const { hermod, sender } = await serviceWith(program, '1')
  try {
    const id = await sendFile(hermod, sender.key, {
      to: sender.recipient(),
      kind: 'image',
      url: `${files.base}/moving.gif`,
    })
    const view = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')
    expect(view).toMatchObject({ errorCode: 'media_conversion_failed' })
    expect(view['errorMessage']).toMatch(/not done within 1 s/)
  } finally {
    await hermod.stop()
  }
})
