import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { perContext, type Context } from '../../context.ts'
import {
  acceptedFiles,
  convertibleKinds,
  typeAs,
  type ConvertibleKind,
} from '../../domain/media/treatment.ts'
import type { MediaContent } from '../../domain/messages/content.ts'
import { isRetryable, type SendErrorCode } from '../../domain/messages/send-errors.ts'
import { createFairSemaphore } from '../../kit/concurrency/fair-semaphore.ts'
import { followSignal } from '../../kit/concurrency/follow-signal.ts'
import { jpegOrientation } from '../../kit/ffmpeg/exif.ts'
import type { Sender } from '../senders/lookup.ts'
import { convertFile } from './convert.ts'
import { fetchFile } from './fetch.ts'
import { beginningBytes, sniffedType } from './inspect.ts'

/** A file that has to be made ready: that of `content`, whose `convert` says how, for a sender. */
export interface FileToPrepare {
  sender: Sender
  content: MediaContent & { convert: NonNullable<MediaContent['convert']> }
}

/** The end of it. `busy`: no slot was free in time; `stopped`: nobody wants it any more. */
export type Prepared =
  | { state: 'ready'; mediaId: string }
  | { state: 'busy' }
  | { state: 'stopped' }
  | { state: 'refused'; code: SendErrorCode; retryable: boolean; detail: string }

/** Several messages with the same file for the same sender share one of these. */
interface Job {
  result: Promise<Prepared>
  waiting: number
  stop: AbortController
  /** For messages that come later, on this process's monotonic clock. Infinity: it is under way. */
  keptUntilMs: number
}

const jobsOf = perContext(() => new Map<string, Job>())
const keptMs = 10 * 60_000

/** Conversions at the same time: shared by account first. */
const slots = perContext(() => {
  const count = Math.max(2, availableParallelism())
  return createFairSemaphore({ slots: count, perOwner: count })
})
const slotWaitMsMax = 20_000

/**
 * Fetches the file of a message, converts it and uploads it to the sender's provider, whose id for it is the result.
 * Nothing of it reaches a recipient, so it may be done again. `signal`: this message does not want it any more; it ends
 * when none does. Never throws.
 */
export async function prepareFile(ctx: Context, file: FileToPrepare, signal: AbortSignal): Promise<Prepared> {
  const job = jobFor(ctx, file)
  let unfollow: () => void = () => undefined
  const unwanted = new Promise<Prepared>((resolve) => {
    unfollow = followSignal(signal, () => resolve({ state: 'stopped' }))
  })
  job.waiting += 1
  try {
    return signal.aborted ? { state: 'stopped' } : await Promise.race([job.result, unwanted])
  } finally {
    unfollow()
    job.waiting -= 1
    if (job.waiting === 0 && job.keptUntilMs === Infinity) job.stop.abort()
  }
}

function jobFor(ctx: Context, file: FileToPrepare): Job {
  const jobs = jobsOf(ctx)
  const { url, convert } = file.content
  const key = JSON.stringify([file.sender.session.id, url, convert])
  const found = jobs.get(key)
  if (found !== undefined && found.keptUntilMs > performance.now() && !found.stop.signal.aborted) return found
  const stop = new AbortController()
  const job: Job = { stop, waiting: 0, keptUntilMs: Infinity, result: Promise.resolve({ state: 'stopped' }) }
  job.result = inSlot(ctx, file, stop.signal).then((prepared) => {
    // Without a version nobody knows whether the file is still the same.
    const isKept = prepared.state === 'ready' && convert.version !== undefined
    job.keptUntilMs = isKept ? performance.now() + keptMs : 0
    return prepared
  })
  for (const [other, { keptUntilMs }] of jobs) if (keptUntilMs < performance.now()) jobs.delete(other)
  jobs.set(key, job)
  return job
}

async function inSlot(ctx: Context, file: FileToPrepare, signal: AbortSignal): Promise<Prepared> {
  const { accountId: group, id: owner } = file.sender.session
  try {
    const prepared = await slots(ctx).run({ group, owner }, slotWaitMsMax, () => inFolder(ctx, file, signal))
    return prepared ?? { state: 'busy' }
  } catch (error) {
    ctx.log.error({ err: error, sessionId: owner }, 'a file could not be made ready')
    return refused('media_unreachable', 'The file could not be put on the disk of the worker.')
  }
}

async function inFolder(ctx: Context, file: FileToPrepare, signal: AbortSignal): Promise<Prepared> {
  if (signal.aborted) return { state: 'stopped' }
  await oldFoldersRemoved(ctx)
  const folder = await mkdtemp(path.join(tmpdir(), folderPrefix))
  try {
    return await prepare(ctx, file, folder, signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepare(
  ctx: Context,
  { sender, content }: FileToPrepare,
  folder: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const kind = convertibleKinds.find((one) => one === content.kind)
  if (kind === undefined)
    return refused('media_failed', `Files of the kind ${content.kind} are not converted.`)
  const source = path.join(folder, 'source')
  const fetched = await fetchTo(ctx, source, { url: content.url ?? '', kind, signal })
  if (fetched !== null) return signal.aborted ? { state: 'stopped' } : fetched
  const { from } = content.convert
  const beginning = await beginningOf(source)
  const type = await sniffedType(beginning)
  if (type === null || typeAs(kind, type, from) !== from) {
    return refused(
      'media_failed',
      `The file is not of the type ${from} any more, as it was when it was accepted.`,
    )
  }
  const { bytesMax } = sender.provider.traits.media[kind]
  const { size: sizeBytes } = await stat(source)
  const { to: asked } = content.convert
  const to = asked === 'copy' && sizeBytes > bytesMax ? (content.voice === true ? 'voice' : kind) : asked
  if (to === 'copy') {
    // Of OGG nothing else is taken as it is.
    const mimeType = from === 'audio/ogg' ? 'audio/ogg; codecs=opus' : from
    const extension = from.split('/')[1] ?? 'bin'
    return upload(sender, { path: source, mimeType, extension, sizeBytes }, signal)
  }
  const orientation = jpegOrientation(beginning)
  const converted = await convertFile(ctx, {
    source: { path: source, mimeType: from, orientation },
    to,
    folder,
    bytesMax,
    signal,
  })
  if (converted.state === 'stopped') return converted
  if (converted.state === 'failed') return refused('media_conversion_failed', converted.detail)
  return upload(sender, converted, signal)
}

/** Null when it is there; otherwise why it is not. */
async function fetchTo(
  ctx: Context,
  target: string,
  { url, kind, signal }: { url: string; kind: ConvertibleKind; signal: AbortSignal },
): Promise<Prepared | null> {
  const { bytesMax } = acceptedFiles[kind]
  const until = AbortSignal.any([signal, AbortSignal.timeout(fetchMsMax)])
  const fetched = await fetchFile(ctx, url, bytesMax, until)
  if (!fetched.ok) return refused(fetched.retryable ? 'media_unreachable' : 'media_failed', fetched.detail)
  const file = await open(target, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of fetched.stream) {
      bytes += chunk.length
      if (bytes > bytesMax) return refused('media_failed', `The file has more than ${bytesMax} bytes.`)
      await file.write(chunk)
    }
    return null
  } catch (error) {
    ctx.log.debug({ err: error }, 'a file did not come whole')
    return refused('media_unreachable', 'The file did not come whole from its server.')
  } finally {
    fetched.stream.on('error', () => undefined).destroy()
    await file.close()
  }
}

async function beginningOf(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(beginningBytes), 0, beginningBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function upload(
  { channel }: Sender,
  file: { path: string; mimeType: string; extension: string; sizeBytes: number },
  signal: AbortSignal,
): Promise<Prepared> {
  const { mimeType, extension, sizeBytes } = file
  const read = (): Readable => createReadStream(file.path)
  const uploaded = await channel.uploadMedia?.(
    { filename: `file.${extension}`, mimeType, sizeBytes, read },
    signal,
  )
  if (signal.aborted) return { state: 'stopped' }
  if (uploaded === undefined) return refused('media_failed', 'This sender takes no uploads.')
  if (uploaded.ok) return { state: 'ready', mediaId: uploaded.mediaId }
  const { code, detail } = uploaded
  return refused(code === 'provider_unreachable' ? 'connection_failed' : code, detail)
}

function refused(code: SendErrorCode, detail: string): Prepared {
  return { state: 'refused', code, retryable: isRetryable(code), detail }
}

const folderPrefix = 'hermod-convert-'
const fetchMsMax = 120_000
const folderMsMax = 3 * 3_600_000

/** Those that a process left behind when it was killed; looked for once a process. */
const oldFoldersRemoved = perContext(async (ctx: Context) => {
  try {
    for (const name of await readdir(tmpdir())) {
      const folder = path.join(tmpdir(), name)
      if (!name.startsWith(folderPrefix)) continue
      const { mtimeMs } = await stat(folder)
      if (mtimeMs < Date.now() - folderMsMax) await rm(folder, { recursive: true, force: true })
    }
  } catch (error) {
    ctx.log.debug({ err: error }, 'old folders could not be removed')
  }
})
