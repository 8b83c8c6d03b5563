import { tmpdir } from 'node:os'
import { perContext, type Context } from '../../context.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError, invalidRequest } from '../../domain/app-error.ts'
import type { MediaKind } from '../../domain/messages/content.ts'
import {
  essenceOf,
  mediaBytesMax,
  mediaKindOf,
  mediaLifeMs,
  mediaRules,
  mimeTypes,
} from '../../domain/messages/media.ts'
import { after } from '../../kit/clock.ts'
import { createQuota } from '../../kit/concurrency/quota.ts'
import { writtenMediaType } from '../../kit/net/media-type.ts'
import { spool, SpoolFullError, type Spooled } from '../../kit/spool.ts'
import type { MediaUpload, Refusal } from '../../providers/contract.ts'
import { pickSession, loadSender, type Sender } from '../senders/lookup.ts'
import { refusedByProvider } from '../senders/refused.ts'

// The front door of the room: gives an app's file to a provider. The others: `download` fetches what a customer sent,
// `fetch` reads the file behind a URL, `inspect` looks at its first bytes, and `check` decides by them what has to be
// done with it for a sender. `prepare` does that before it is sent: `convert` runs `ffmpeg` by the `recipes`.

/** A file as an app hands it over. */
export interface MediaFile {
  stream: AsyncIterable<Buffer>
  filename: string | null
  /** The media type that the file's own part or header declares. */
  declaredType: string | null
  /** A sample for the header of a template, which is no file to send. */
  forTemplate?: true
  /** The sender, when it is named before the file: null is the default one. Undefined: it may still be named. */
  namedBefore: string | null | undefined
  /** The fields beside the file, once it was read: fields come in any order. */
  fields(): Promise<MediaFields>
}

export interface MediaFields {
  /** The file's type, stronger than `declaredType`, or the kind that it should be of. */
  type: string | null
  session: string | null
}

/** A file that the provider keeps for us. */
export interface UploadedMedia {
  mediaId: string
  kind: MediaKind
  mimeType: string
  sizeBytes: number
  expiresAt: Date
}

/** Uploads at the same time, which bounds the disk that they take: eight of a hundred megabytes each. */
const uploadSlots = perContext(() => createQuota({ max: 8, perOwner: 4 }))

/**
 * Takes a file and gives it to the provider of a sender. It is on the disk meanwhile, never in memory as a whole. A
 * sender that is named before the file is looked up before the file is read.
 * Throws `payload_too_large` as soon as it is, `unsupported_media_type`, `validation_failed`, `media_refused`,
 * `provider_unreachable`, `credentials_rejected`, `unavailable` when too many files are on their way, and what
 * choosing a sender does.
 */
export async function uploadMedia(ctx: Context, caller: Caller, file: MediaFile): Promise<UploadedMedia> {
  if (file.namedBefore !== undefined) {
    await pickSession(ctx, { caller, named: file.namedBefore, dryRun: false })
  }
  const release = uploadSlots(ctx).acquire(caller.account.id)
  if (release === null) throw busy()
  let spooled: Spooled | null = null
  try {
    spooled = await spoolWithin(ctx, file)
    const fields = await file.fields()
    const { mimeType, kind } = typeOf(file.declaredType, fields.type)
    if (file.forTemplate === true && !headerTypes.includes(essenceOf(mimeType))) throw noHeader()
    assertFits(spooled.sizeBytes, kind)
    const mediaId = await handOver(
      ctx,
      caller,
      { named: fields.session, forTemplate: file.forTemplate === true },
      {
        filename: file.filename ?? `file.${essenceOf(mimeType).split('/')[1] ?? 'bin'}`,
        mimeType,
        sizeBytes: spooled.sizeBytes,
        read: spooled.read,
      },
    )
    const expiresAt = after(ctx.clock.now(), mediaLifeMs)
    return { mediaId, kind, mimeType, sizeBytes: spooled.sizeBytes, expiresAt }
  } finally {
    await spooled?.close()
    release()
  }
}

/** How much of a file may come, going by what is known of it before it does. */
export function bytesMaxOf(declaredType: string | null): number {
  const kind = declaredType === null ? null : mediaKindOf(declaredType)
  return kind === null ? mediaBytesMax : mediaRules[kind].bytesMax
}

async function spoolWithin(ctx: Context, file: MediaFile): Promise<Spooled> {
  const bytesMax = bytesMaxOf(file.declaredType)
  try {
    return await spool(file.stream, { folder: tmpdir(), bytesMax })
  } catch (error) {
    if (error instanceof SpoolFullError) throw tooLarge(file.declaredType)
    if (error instanceof AppError) throw error
    ctx.log.error(
      { err: error, folder: tmpdir() },
      'an upload could not be put on the disk: TMPDIR must name a folder with room that this user may write',
    )
    throw new AppError(
      'unavailable',
      'The server has no room to hold an upload: its operator must give it a temporary folder.',
      { cause: error, retryAfterSeconds: 30 },
    )
  }
}

/** Throws `unsupported_media_type` and `validation_failed`. */
function typeOf(declared: string | null, asked: string | null): { mimeType: string; kind: MediaKind } {
  const isKind = asked !== null && Object.hasOwn(mediaRules, asked)
  const given = asked === null || isKind ? declared : asked
  const mimeType = given === null ? null : writtenMediaType(given)
  const kind = mimeType === null ? null : mediaKindOf(mimeType)
  if (mimeType === null || kind === null) throw unsupported(given)
  if (isKind && asked !== kind) {
    const message = `is ${asked}, but a file of type ${essenceOf(mimeType)} is sent as ${kind}`
    throw invalidRequest([{ path: 'fileType', message }])
  }
  return { mimeType, kind }
}

function assertFits(sizeBytes: number, kind: MediaKind): void {
  if (sizeBytes === 0) {
    throw invalidRequest([{ path: 'file', message: 'is empty' }])
  }
  if (sizeBytes > mediaRules[kind].bytesMax) throw tooLarge(mediaRules[kind].mimeTypes[0])
}

async function handOver(
  ctx: Context,
  caller: Caller,
  { named, forTemplate }: { named: string | null; forTemplate: boolean },
  upload: { filename: string; mimeType: string; sizeBytes: number; read: Spooled['read'] },
): Promise<string> {
  const session = await pickSession(ctx, { caller, named, dryRun: false })
  const sender = await loadSender(ctx, session.id)
  if (forTemplate) return handExample(sender, upload, ctx.outOfTime)
  const result = await sender?.channel.uploadMedia?.(upload, ctx.outOfTime)
  if (result === undefined) {
    throw new AppError('media_refused', `The sender "${session.name}" takes no uploads: send by url instead.`)
  }
  if (result.ok) return result.mediaId
  throw fileRefused(result, sender?.provider.traits.label ?? '')
}

async function handExample(sender: Sender | null, upload: MediaUpload, signal: AbortSignal): Promise<string> {
  const result = await sender?.channel.templates?.make?.uploadExample(upload, signal)
  if (result === undefined)
    throw new AppError('media_refused', 'This sender has no templates that can be made through it.')
  if (result.ok) return result.handle
  throw fileRefused(result, sender?.provider.traits.label ?? '')
}

/** The types that the header of a template may have. Source: Meta, "Template components", media headers. */
const headerTypes = ['image/jpeg', 'image/png', 'video/mp4', 'application/pdf']

function noHeader(): AppError {
  return new AppError('unsupported_media_type', `A header may be one of: ${headerTypes.join(', ')}.`)
}

/** Why a provider would not take or give a file, in the words of the API. */
export function fileRefused(refusal: Refusal, label: string): AppError {
  return refusedByProvider(refusal, label, { code: 'media_refused', says: 'does not take this file' })
}

function busy(): AppError {
  return new AppError('unavailable', 'Too many files are on their way at this moment. Try again shortly.', {
    retryAfterSeconds: 5,
  })
}

/** The refusal of a file that is larger than its type allows. */
export function tooLarge(declaredType: string | null): AppError {
  const kind = declaredType === null ? null : mediaKindOf(declaredType)
  const what = kind === null ? 'A file' : `${/^[aeiou]/.test(kind) ? 'An' : 'A'} ${kind}`
  const kib = bytesMaxOf(declaredType) / 1_024
  const max = kib < 1_024 ? `${kib} KB` : `${kib / 1_024} MB`
  return new AppError('payload_too_large', `${what} may have at most ${max} on WhatsApp; this one has more.`)
}

function unsupported(mimeType: string | null): AppError {
  const what = mimeType === null ? 'The file has no type.' : `WhatsApp does not take files of this type.`
  return new AppError('unsupported_media_type', `${what} Send one of: ${mimeTypes.join(', ')}.`)
}
