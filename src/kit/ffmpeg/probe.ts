/** The contents of a media file, as far as they decide how it is converted. */
export interface MediaFacts {
  /** Null: the file does not say. */
  durationSeconds: number | null
  /** Null: there is no picture in it. */
  video: { codec: string; pixels: string } | null
  audio: { codec: string } | null
}

/** Reads what ffmpeg reports of its first input. */
export function readFacts(report: string): MediaFacts {
  const time = /^ *Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/m.exec(report)
  const [codec = '', ...video] = streamOf(report, 'Video')
  const [audio = ''] = streamOf(report, 'Audio')
  return {
    durationSeconds: time === null ? null : Number(time[1]) * 3_600 + Number(time[2]) * 60 + Number(time[3]),
    video: video.length === 0 ? null : { codec: wordOf(codec), pixels: pixelsOf(video) },
    audio: audio === '' ? null : { codec: wordOf(audio) },
  }
}

/** The words of ffmpeg about the first stream of a kind: `h264 (High)`, `yuv420p(tv`, ... */
function streamOf(report: string, kind: 'Video' | 'Audio'): string[] {
  const mark = `: ${kind}: `
  const line = report
    .split('\n')
    .find((one) => one.trimStart().startsWith('Stream #0:') && one.includes(mark))
  return line === undefined ? [] : line.slice(line.indexOf(mark) + mark.length).split(', ')
}

/** The format of the pixels, which stands behind the codec, and behind a word of the codec's where that has one. */
function pixelsOf(parts: readonly string[]): string {
  const [first = '', second = ''] = parts
  const isOther = /^\w+$/.test(first) && /^[a-z]/.test(second)
  return wordOf(isOther ? second : (parts.find((part) => /^[a-z]/.test(part)) ?? ''))
}

function wordOf(text: string): string {
  return /^\w+/.exec(text)?.[0] ?? ''
}
