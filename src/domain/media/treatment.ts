import type { MediaKind } from '../messages/content.ts'
import { essenceOf } from '../messages/media.ts'

// The types of files that an API which converts takes, what a sender takes as it is, and what follows for one file.

const mebi = 1_024 * 1_024

/** The kinds of files that can be converted. */
export const convertibleKinds = ['image', 'video', 'audio'] as const satisfies readonly MediaKind[]
export type ConvertibleKind = (typeof convertibleKinds)[number]

/** Types of one kind of file, without parameters, and how large they may be. */
export interface FileLimit {
  mimeTypes: readonly string[]
  bytesMax: number
}

/** The files that a sender takes as they are. Of OGG it takes Opus in mono only. */
export type MediaLimits = Readonly<Record<ConvertibleKind, FileLimit>>

/** The files that are taken to be sent, converted where that is needed. */
export const acceptedFiles = {
  image: { mimeTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'], bytesMax: 16 * mebi },
  video: {
    mimeTypes: ['video/mp4', 'video/3gpp', 'video/quicktime', 'video/webm', 'image/gif'],
    bytesMax: 64 * mebi,
  },
  audio: {
    mimeTypes: ['audio/mpeg', 'audio/ogg', 'audio/aac', 'audio/wav', 'audio/mp4', 'audio/amr', 'audio/webm'],
    bytesMax: 16 * mebi,
  },
} as const satisfies MediaLimits

/** A file behind a URL, as far as its first bytes and its headers tell. */
export interface FoundFile {
  /** By its bytes where they tell, else as its server declares it; without parameters. */
  mimeType: string
  /** The bytes told the type. */
  isSniffed: boolean
  /** By its `Content-Type`; null when that says nothing. */
  declaredType: string | null
  /** Null: its server does not say. */
  sizeBytes: number | null
  /** Of Opus in OGG; null: it is something else. */
  opusChannels: number | null
  /** Changes when the file does; null: its server does not say. */
  version: string | null
}

/**
 * How a file is made ready before it is sent. `copy`: as it is, but uploaded under its true type, unless it turns out
 * to be too large.
 */
export const conversions = ['copy', 'image', 'video', 'audio', 'voice'] as const
export type Conversion = (typeof conversions)[number]

/** The kind that a file is sent as, and what is to be done with it; `to` null: it is sent as it is. */
export interface Treatment {
  kind: ConvertibleKind
  /** A video without sound that plays again and again by itself. */
  gif: boolean
  to: Conversion | null
}

/** Decides what has to be done with a file so that a sender takes it. */
export function treatmentOf(
  { kind, voice, file }: { kind: ConvertibleKind; voice: boolean; file: FoundFile },
  takes: MediaLimits,
): Treatment {
  if (file.mimeType === 'image/gif') return { kind: 'video', gif: true, to: 'video' }
  const { mimeTypes, bytesMax } = takes[kind]
  const fits = voice ? file.opusChannels === 1 : mimeTypes.includes(file.mimeType) && !isOtherOgg(file)
  if (!fits || (file.sizeBytes ?? 0) > bytesMax) return { kind, gif: false, to: voice ? 'voice' : kind }
  const isPlain = file.sizeBytes !== null && file.declaredType === file.mimeType
  return { kind, gif: false, to: isPlain ? null : 'copy' }
}

function isOtherOgg({ mimeType, opusChannels }: FoundFile): boolean {
  return mimeType === 'audio/ogg' && opusChannels !== 1
}

/** Other names of types, and types that are special cases of others. */
const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/apng': 'image/png',
  'video/x-m4v': 'video/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'audio/wave': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-aac': 'audio/aac',
}

/** A type by its usual name, without parameters. */
export function usualType(mimeType: string): string {
  const essence = essenceOf(mimeType)
  return aliases[essence] ?? essence
}

/** Containers whose first bytes do not tell whether there is more in them than sound. */
const soundIn: Readonly<Record<string, string>> = { 'video/mp4': 'audio/mp4', 'video/webm': 'audio/webm' }

/** The type of a file that is sent as `kind`: a container has only sound in it where its server says so. */
export function typeAs(kind: ConvertibleKind, type: string, declaredType: string | null): string {
  const sound = soundIn[type]
  return kind === 'audio' && sound !== undefined && declaredType === sound ? sound : type
}
