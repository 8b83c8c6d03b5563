import { Transform, type Readable } from 'node:stream'
import { perContext, type Context } from '../../context.ts'
import { findMessageMedia, type MessageMedia } from '../../db/stores/messages/conversation/media.ts'
import { AppError } from '../../domain/app-error.ts'
import { mediaBytesMax } from '../../domain/messages/media.ts'
import { discard } from '../../kit/net/discard.ts'
import { createQuota } from '../../kit/concurrency/quota.ts'
import type { MediaDownload } from '../../providers/contract.ts'
import { loadSender } from '../senders/lookup.ts'
import { fileRefused } from './upload.ts'

/** A file on its way to the app. The caller must read `stream` to its end or destroy it. */
export interface DownloadedMedia {
  stream: Readable
  mimeType: string | null
  sizeBytes: number | null
  filename: string | null
}

/** Downloads at the same time. */
const downloadSlots = perContext(() => createQuota({ max: 32, perOwner: 8 }))
/** A client that reads slowly is cut off after this time. */
const downloadMsMax = 15 * 60_000

/**
 * The file of one message of an account, as it comes from the provider; `gone` fires when nobody wants it any more.
 * Throws `message_not_found`, `media_not_found`, `media_gone`, `provider_unreachable`, `credentials_rejected`, and
 * `unavailable` when too many files are on their way.
 */
export async function downloadMedia(
  ctx: Context,
  accountId: string,
  id: string,
  gone: AbortSignal,
): Promise<DownloadedMedia> {
  const media = await findMessageMedia(ctx.db, accountId, id)
  if (media === null) throw new AppError('message_not_found', 'There is no such message in your account.')
  if (media.mediaId === null) throw withoutFile(media)
  const release = downloadSlots(ctx).acquire(accountId)
  if (release === null) {
    throw new AppError('unavailable', 'Too many files are on their way at this moment. Try again shortly.', {
      retryAfterSeconds: 5,
    })
  }
  try {
    const found = await fetchFile(ctx, { ...media, mediaId: media.mediaId }, gone)
    const stream = bounded(found.stream)
    stream.once('close', release)
    return { stream, mimeType: found.mimeType, sizeBytes: found.sizeBytes, filename: media.filename }
  } catch (error) {
    release()
    throw error
  }
}

async function fetchFile(
  ctx: Context,
  { sessionId, mediaId }: MessageMedia & { mediaId: string },
  gone: AbortSignal,
): Promise<MediaDownload> {
  const sender = await loadSender(ctx, sessionId)
  if (sender === null) {
    throw new AppError('media_gone', 'The sender that could fetch this file was removed.')
  }
  const signal = AbortSignal.any([gone, ctx.outOfTime, AbortSignal.timeout(downloadMsMax)])
  const result = await sender.channel.downloadMedia?.(mediaId, signal)
  if (result === undefined || (!result.ok && result.code === 'discarded')) {
    throw new AppError(
      'media_not_found',
      'This sender is a playground: it keeps no file that is sent through it.',
    )
  }
  if (result.ok) return withinBounds(result)
  if (result.code !== 'gone') throw fileRefused(result, sender.provider.traits.label)
  throw new AppError(
    'media_gone',
    'WhatsApp does not keep this file any more: what customers send lives 7 days, what you upload 30.',
  )
}

function withinBounds(download: MediaDownload): MediaDownload {
  if (download.sizeBytes === null || download.sizeBytes <= mediaBytesMax) return download
  discard(download.stream)
  throw tooLong()
}

/** The same bytes, up to the size of the largest file that WhatsApp carries. */
function bounded(source: Readable): Readable {
  let bytes = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(bytes > mediaBytesMax ? tooLong() : null, chunk)
    },
  })
  source.once('error', (error) => meter.destroy(error))
  meter.once('close', () => discard(source))
  return source.pipe(meter)
}

function withoutFile({ url }: MessageMedia): AppError {
  const text =
    url === null ? 'This message has no file.' : `This message was sent by a URL: its file is at ${url}.`
  return new AppError('media_not_found', text)
}

function tooLong(): AppError {
  return new AppError('media_gone', 'The file is larger than any that WhatsApp carries.')
}
