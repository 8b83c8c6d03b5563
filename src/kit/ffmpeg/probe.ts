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
  const video = /^ *Stream #0:.*: Video: (\w+).*?, (?:\w+, )?([a-z]\w*)/m.exec(report)
  const audio = /^ *Stream #0:.*: Audio: (\w+)/m.exec(report)
  return {
    durationSeconds: time === null ? null : Number(time[1]) * 3_600 + Number(time[2]) * 60 + Number(time[3]),
    video: video === null ? null : { codec: video[1] ?? '', pixels: video[2] ?? '' },
    audio: audio === null ? null : { codec: audio[1] ?? '' },
  }
}
