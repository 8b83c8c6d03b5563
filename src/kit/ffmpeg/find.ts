import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** All that the program sees of the environment: nothing of ours, which has secrets in it. */
export const programEnv = { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin', LC_ALL: 'C' } as const

/** The text for whoever misses it. */
export const missingFfmpeg =
  'ffmpeg does not run where Hermod runs: install it (apt-get install ffmpeg), name it in FFMPEG_PATH, ' +
  'or install the optional packages (npm ci)'

/**
 * The program ffmpeg: the one that is named, the system's, or that of the optional package; null when none of them
 * runs. In place of one that is named no other is taken.
 */
export async function findFfmpeg(named: string | null): Promise<string | null> {
  if (named !== null) return (await doesRun(named)) ? named : null
  for (const program of ['ffmpeg', ofPackage()]) {
    if (program !== null && (await doesRun(program))) return program
  }
  return null
}

/** The package throws where it has no program for this system. */
function ofPackage(): string | null {
  try {
    const found: unknown = require('@ffmpeg-installer/ffmpeg')
    return typeof found === 'object' && found !== null && 'path' in found ? String(found.path) : null
  } catch {
    return null
  }
}

function doesRun(program: string): Promise<boolean> {
  return run(program, ['-version'], { timeout: 10_000, env: programEnv }).then(
    () => true,
    () => false,
  )
}
