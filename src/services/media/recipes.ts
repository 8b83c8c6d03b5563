import type { Conversion } from '../../domain/media/treatment.ts'
import type { MediaFacts } from '../../kit/ffmpeg/probe.ts'

/** A file on the disk to be converted. */
export interface SourceFile {
  path: string
  /** By its bytes, without parameters. */
  mimeType: string
  /** EXIF: how a photograph is to be turned (1: not at all). */
  orientation: number
}

/** One run of ffmpeg, less its output file: the arguments, and what comes of them. */
export interface Recipe {
  args: string[]
  mimeType: string
  extension: string
}

/** The format that a file of each type is read as: never another, such as a playlist that names other files. */
const demuxers: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg_pipe',
  'image/png': 'png_pipe',
  'image/webp': 'webp_pipe',
  'image/gif': 'gif',
  'video/mp4': 'mov',
  'video/3gpp': 'mov',
  'video/quicktime': 'mov',
  'video/webm': 'matroska',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/aac': 'aac',
  'audio/wav': 'wav',
  'audio/mp4': 'mov',
  'audio/amr': 'amr',
  'audio/webm': 'matroska',
}

/** Of one picture: more than any camera has, less than what would take the memory of the machine. */
const pixelsMax = 60_000_000

/** The arguments that name the input; null for a type that is not read. */
export function inputOf({ path, mimeType }: SourceFile): string[] | null {
  const demuxer = demuxers[mimeType]
  if (demuxer === undefined) return null
  const isImage = mimeType.startsWith('image/') && mimeType !== 'image/gif'
  return [
    ...words(`-protocol_whitelist file,pipe -f ${demuxer} -max_pixels ${pixelsMax} -threads 2`),
    // Newer ones turn photographs by themselves, older ones do not.
    ...(isImage ? ['-noautorotate'] : []),
    '-i',
    `file:${path}`,
  ]
}

function words(text: string): string[] {
  return text.split(' ')
}

/** The runs to try, one after the other, until one gives a file that is small enough; none: it would be too long. */
export function recipesFor(
  to: Exclude<Conversion, 'copy'>,
  { source, facts, bytesMax }: { source: SourceFile; facts: MediaFacts; bytesMax: number },
): Recipe[] {
  switch (to) {
    case 'image':
      return photograph.map(({ edge, quality }) => toJpeg(source, edge, quality))
    case 'video':
      return toMp4(source, facts, bytesMax)
    case 'audio':
      return toSound(facts, bytesMax, { kilobits: 128, make: toAac })
    case 'voice':
      return toSound(facts, bytesMax, { kilobits: 32, make: toVoiceNote })
  }
}

const nothingElse = '-sn -dn -map_metadata -1 -map_chapters -1 -threads 2'

const photograph = [
  { edge: 2_560, quality: 3 },
  { edge: 1_920, quality: 6 },
  { edge: 1_280, quality: 10 },
] as const

/** EXIF 2.3, tag 0x0112: how the picture is turned back. */
const turns: Readonly<Record<number, string>> = {
  2: 'hflip',
  3: 'hflip,vflip',
  4: 'vflip',
  5: 'transpose=0',
  6: 'transpose=1',
  7: 'transpose=3',
  8: 'transpose=2',
}

/** On white, where it is transparent. */
function toJpeg({ orientation }: SourceFile, edge: number, quality: number): Recipe {
  const turn = turns[orientation]
  const shape = [`scale=${fitted(edge, 1)}`, ...(turn === undefined ? [] : [turn]), 'format=rgba'].join(',')
  const white = 'lutrgb=r=255:g=255:b=255:a=255'
  const graph = `[0:v:0]${shape},split[a][b];[a]${white}[c];[c][b]overlay=format=rgb,format=yuvj420p[d]`
  return {
    args: words(`-filter_complex ${graph} -map [d] -frames:v 1 ${nothingElse} -q:v ${quality} -f mjpeg`),
    mimeType: 'image/jpeg',
    extension: 'jpg',
  }
}

/** Repacked where its streams can stay as they are, or else encoded. */
function toMp4(source: SourceFile, facts: MediaFacts, bytesMax: number): Recipe[] {
  const { video, audio } = facts
  if (video === null) return []
  const hasSound = audio !== null && source.mimeType !== 'image/gif'
  const isFine =
    video.codec === 'h264' && video.pixels === 'yuv420p' && (audio === null || audio.codec === 'aac')
  const streams = hasSound ? '-map 0:v:0 -map 0:a:0' : '-map 0:v:0'
  const mp4 = (codecs: string): Recipe => ({
    args: words(`${streams} ${codecs} ${nothingElse} -movflags +faststart -f mp4`),
    mimeType: 'video/mp4',
    extension: 'mp4',
  })
  const encoded = ratesOf(facts, bytesMax, [2_500, 800, 250]).flatMap((kilobits) => {
    const soundKilobits = hasSound ? (kilobits < 600 ? 48 : 128) : 0
    const rate = kilobits - soundKilobits
    if (rate < 80) return []
    const sound = hasSound ? ` -c:a aac -b:a ${soundKilobits}k -ac 2 -ar 44100` : ''
    return [mp4(h264At(rate) + sound)]
  })
  return isFine ? [mp4('-c copy'), ...encoded] : encoded
}

function h264At(rate: number): string {
  const edge = rate >= 900 ? 1_280 : rate >= 350 ? 848 : 480
  const quality = `-preset veryfast -profile:v main -crf 26 -maxrate ${rate}k -bufsize ${rate * 2}k`
  return `-vf scale=${fitted(edge, 2)},format=yuv420p -c:v libx264 ${quality}`
}

function toSound(
  facts: MediaFacts,
  bytesMax: number,
  { kilobits, make }: { kilobits: number; make(kilobits: number): Recipe },
): Recipe[] {
  if (facts.audio === null) return []
  const rates = ratesOf(facts, bytesMax, [kilobits, kilobits / 2])
  return rates.filter((rate) => rate >= 12).map(make)
}

/** Kilobits a second that fit into a size: the best of those wanted, or each where the length is not known. */
function ratesOf({ durationSeconds }: MediaFacts, bytesMax: number, wanted: readonly number[]): number[] {
  if (durationSeconds === null) return [...wanted]
  // With a tenth to spare for the container.
  const most = (bytesMax * 8 * 0.9) / 1_000 / Math.max(1, durationSeconds)
  return [Math.floor(Math.min(most, wanted[0] ?? 0))]
}

function toAac(kilobits: number): Recipe {
  return {
    args: words(`-map 0:a:0 ${nothingElse} -c:a aac -b:a ${kilobits}k -ac 2 -ar 44100 -f ipod`),
    mimeType: 'audio/mp4',
    extension: 'm4a',
  }
}

function toVoiceNote(kilobits: number): Recipe {
  const opus = `-c:a libopus -b:a ${kilobits}k -application voip -ac 1 -ar 48000`
  return {
    args: words(`-map 0:a:0 ${nothingElse} ${opus} -f ogg`),
    mimeType: 'audio/ogg; codecs=opus',
    extension: 'ogg',
  }
}

/** Width and height, multiples of `step`, with neither longer than `edge`. */
function fitted(edge: number, step: number): string {
  const side = (of: string): string => `'max(${step},trunc(${of}*min(1,${edge}/max(iw,ih))/${step})*${step})'`
  return `w=${side('iw')}:h=${side('ih')}`
}
