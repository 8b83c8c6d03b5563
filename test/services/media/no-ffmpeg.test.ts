import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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
  await writeFile(
    program,
    `#!/bin/sh\n[ "$1" = -version ] && exit 0\necho $$ >> ${started}\nexec sleep 600\n`,
  )
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

test('a worker that stops ends its conversion, and the message goes back without an attempt', async () => {
  const { program, started } = await hangingProgram()
  const { hermod, sender } = await serviceWith(program)
  const { ctx } = hermod.service
  try {
    const wish = { to: sender.recipient(), kind: 'image', url: `${files.base}/moving.gif` } as const
    const id = await sendFile(hermod, sender.key, wish)
    const pid = await runningProgram(started)
    const row = () =>
      ctx.db.query<{ status: string; attempt: number }>(
        '',
        'select status, attempt from messages where id = $1',
        [id],
      )
    expect(await row()).toEqual([{ status: 'processing', attempt: 1 }])
    ctx.beginStop()
    await until(row, ([found]) => found?.status === 'queued', 'a released message')
    expect(await row()).toEqual([{ status: 'queued', attempt: 0 }])
    await until(
      () => isAlive(pid),
      (alive) => !alive,
      'the end of the conversion',
    )
  } finally {
    await hermod.stop()
  }
})

test('a conversion that outlasts a lease keeps it, and one whose lease is lost is ended', async () => {
  const { program, started } = await hangingProgram()
  const { hermod, sender } = await serviceWith(program)
  const { db } = hermod.service.ctx
  try {
    const wish = { to: sender.recipient(), kind: 'image', url: `${files.base}/moving.gif` } as const
    const id = await sendFile(hermod, sender.key, wish)
    const lease = () =>
      db.query<{ wake_at: Date; rev: number }>('', 'select wake_at, rev from messages where id = $1', [id])
    const pid = await runningProgram(started)
    const [first] = await lease()
    const [later] = await until(
      lease,
      ([found]) => (found?.wake_at.getTime() ?? 0) > (first?.wake_at.getTime() ?? 0),
      'a renewed lease',
    )
    expect(later?.rev).toBe(first?.rev)
    await db.query('', 'update messages set rev = rev + 1 where id = $1', [id])
    await until(
      () => isAlive(pid),
      (alive) => !alive,
      'the end of the conversion',
    )
  } finally {
    await hermod.stop()
  }
})

/** The id of the hanging program that runs. */
async function runningProgram(started: string): Promise<number> {
  const last = (text: string): number => Number(text.trim().split('\n').at(-1))
  return until(
    () => readFile(started, 'utf8').then(last, () => 0),
    (pid) => pid > 0 && isAlive(pid),
    'a conversion',
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
