import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Context } from '../../context.ts'
import type { Conversion } from '../../domain/media/treatment.ts'
import { missingFfmpeg } from '../../kit/ffmpeg/find.ts'
import { readFacts, type MediaFacts } from '../../kit/ffmpeg/probe.ts'
import { runFfmpeg, type FfmpegBounds, type FfmpegEnd } from '../../kit/ffmpeg/run.ts'
import { ffmpegOf } from './ffmpeg.ts'
import { inputOf, recipesFor, type SourceFile } from './recipes.ts'

/** A file that came of a conversion, or why there is none. */
export type Converted =
  | { state: 'ready'; path: string; mimeType: string; extension: string; sizeBytes: number }
  | { state: 'stopped' }
  | { state: 'failed'; detail: string }

const probeMsMax = 15_000

/** Converts a file into one in `folder` of at most `bytesMax`. */
export async function convertFile(
  ctx: Context,
  {
    source,
    to,
    folder,
    bytesMax,
    signal,
  }: {
    source: SourceFile
    to: Exclude<Conversion, 'copy'>
    folder: string
    bytesMax: number
    signal: AbortSignal
  },
): Promise<Converted> {
  const program = await ffmpegOf(ctx)
  if (program === null)
    return { state: 'failed', detail: `The file must be converted, and ${missingFfmpeg}.` }
  const input = inputOf(source)
  if (input === null) return failed(source, 'files of this type are not read')
  // A file that comes out too large is given up before it has come out whole.
  const bounds: FfmpegBounds = { timeoutMs: ctx.config.media.timeoutMs, outputBytesMax: 2 * bytesMax, signal }
  const probeMs = Math.min(probeMsMax, bounds.timeoutMs)
  const probed = await runFfmpeg(program, input, { ...bounds, timeoutMs: probeMs })
  if (probed.state !== 'exited') return ended(ctx, source, probed)
  const facts = readFacts(probed.report)
  let why = reasonWithout(to, facts)
  for (const [index, recipe] of recipesFor(to, { source, facts, bytesMax }).entries()) {
    const { args, mimeType, extension } = recipe
    const file = path.join(folder, `converted-${index}.${extension}`)
    const run = await runFfmpeg(program, [...input, '-v', 'error', ...args, `file:${file}`], bounds)
    if (run.state !== 'exited') return ended(ctx, source, run)
    const sizeBytes = run.code === 0 ? (await stat(file)).size : 0
    if (sizeBytes > 0 && sizeBytes <= bytesMax)
      return { state: 'ready', path: file, mimeType, extension, sizeBytes }
    ctx.log.debug({ code: run.code, report: run.report.slice(-1_000) }, 'a run of ffmpeg gave no file of use')
    why = sizeBytes > 0 || run.isFull ? tooLong : 'it is damaged, or made in a way that ffmpeg does not read'
  }
  return failed(source, why)
}

const tooLong = 'it does not fit into the size that the sender takes'

function reasonWithout(to: Conversion, { video, audio }: MediaFacts): string {
  if ((to === 'video' || to === 'image') && video === null) return 'there is no picture in it'
  return (to === 'audio' || to === 'voice') && audio === null ? 'there is no sound in it' : tooLong
}

function failed({ mimeType }: SourceFile, why: string): Converted {
  return { state: 'failed', detail: `The file (${mimeType}) could not be converted: ${why}.` }
}

function ended(
  ctx: Context,
  source: SourceFile,
  { state }: Exclude<FfmpegEnd, { state: 'exited' }>,
): Converted {
  switch (state) {
    case 'stopped':
      return { state }
    case 'timeout':
      return failed(source, `ffmpeg was not done within ${ctx.config.media.timeoutMs / 1_000} s`)
    case 'missing':
      return failed(source, missingFfmpeg)
  }
}
