import type { Context } from '../../context.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { invalidField } from '../../domain/app-error.ts'
import {
  acceptedFiles,
  treatmentOf,
  typeAs,
  type ConvertibleKind,
  type FoundFile,
} from '../../domain/media/treatment.ts'
import type { MediaContent } from '../../domain/messages/content.ts'
import { missingFfmpeg } from '../../kit/ffmpeg/find.ts'
import { pickSession } from '../senders/lookup.ts'
import { traitsOf } from '../senders/providers.ts'
import { ffmpegOf } from './ffmpeg.ts'
import { inspectFile } from './inspect.ts'

/** A file by its public URL, as an app wants it to be sent. */
export interface MediaWish {
  /** The sender, by id or name; the account's default if null. */
  session: string | null
  kind: ConvertibleKind
  url: string
  caption?: string
  /** An audio that plays as a voice note. */
  voice?: boolean
}

const urlCharactersMax = 2_048

/**
 * The content of a message with a file, for APIs that take more types than the sender does: the file's first bytes are
 * looked at, and what the sender does not take as it is is marked for its worker to convert. A playground fetches
 * nothing, so nothing is looked at for it.
 *
 * Throws `validation_failed` for `media.url` (it cannot be fetched, leads inside, is of another type or too large, or
 * has to be converted where there is no ffmpeg), `unavailable`, and what choosing a sender does.
 */
export async function checkedMedia(
  ctx: Context,
  caller: Caller,
  { session: named, kind, url, caption, voice = false }: MediaWish,
): Promise<MediaContent> {
  if (url.length > urlCharactersMax) throw refused(`must have at most ${urlCharactersMax} characters`)
  const session = await pickSession(ctx, { caller, named, dryRun: false })
  const traits = traitsOf(ctx, session)
  const content: MediaContent = {
    type: 'media',
    kind,
    url,
    ...(caption !== undefined && kind !== 'audio' && { caption }),
    ...(voice && { voice }),
  }
  if (traits.isPlayground) return content
  const inspected = await inspectFile(ctx, caller.account.id, url)
  if (!inspected.ok) throw refused(inspected.says)
  const { mimeType, declaredType } = inspected.file
  const file = { ...inspected.file, mimeType: typeAs(kind, mimeType, declaredType) }
  assertAccepted(kind, file)
  const treatment = treatmentOf({ kind, voice, file }, traits.media)
  if (treatment.to === null) return content
  if (treatment.to !== 'copy' && (await ffmpegOf(ctx)) === null) throw refused(unconverted(file.mimeType))
  const { mimeType: from, version } = file
  return {
    ...content,
    kind: treatment.kind,
    ...(treatment.gif && { gif: true }),
    convert: { to: treatment.to, from, ...(version !== null && { version: version.slice(0, 256) }) },
  }
}

function assertAccepted(kind: ConvertibleKind, { mimeType, isSniffed, sizeBytes }: FoundFile): void {
  const { mimeTypes, bytesMax }: { mimeTypes: readonly string[]; bytesMax: number } = acceptedFiles[kind]
  const names = mimeTypes.join(', ')
  if (!mimeTypes.includes(mimeType)) {
    throw refused(`leads to a file of type ${mimeType.slice(0, 100)}; ${kind} takes ${names}`)
  }
  if (!isSniffed)
    throw refused(`leads to a file that says it is ${mimeType} and is not, going by its first bytes`)
  if (sizeBytes !== null && sizeBytes > bytesMax) {
    throw refused(`leads to a file of ${sizeBytes} bytes; ${kind} takes at most ${bytesMax}`)
  }
}

function unconverted(mimeType: string): string {
  return `leads to a file (${mimeType}) that must be converted before this sender can send it, and ${missingFfmpeg}`
}

function refused(says: string): Error {
  return invalidField('media.url', says)
}
