import { perContext, type Context } from '../../context.ts'
import { findFfmpeg } from '../../kit/ffmpeg/find.ts'

/** The program that converts files; null: there is none. */
export const ffmpegOf = perContext((ctx: Context) => findFfmpeg(ctx.config.media.ffmpegPath))
