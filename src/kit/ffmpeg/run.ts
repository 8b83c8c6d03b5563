import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { followSignal } from '../concurrency/follow-signal.ts'
import { programEnv } from './find.ts'

/**
 * The end of one run. `report` is the end of what the program said: for logs, and for reading what a file holds.
 * `isFull`: it wanted to write more than it may.
 */
export type FfmpegEnd =
  | { state: 'exited'; code: number | null; report: string; isFull: boolean }
  | { state: 'timeout' | 'stopped' | 'missing' }

export interface FfmpegBounds {
  timeoutMs: number
  /** Of any file that it writes. */
  outputBytesMax: number
  /** Kills it. */
  signal: AbortSignal
}

const memoryBytesMax = 2 * 1_024 ** 3
const blockBytesMax = 512 * 1_024 ** 2
const reportCharactersMax = 16_384
/** Below the work of this process, which is to go on meanwhile. */
const lowPriority = 10

/**
 * Runs ffmpeg on local files as a child process: no shell, nothing of our environment, bounded in time and, where the
 * system has `prlimit`, in memory, in processor time and in what it writes. Never throws.
 */
export async function runFfmpeg(
  program: string,
  args: readonly string[],
  { timeoutMs, outputBytesMax, signal }: FfmpegBounds,
): Promise<FfmpegEnd> {
  if (signal.aborted) return { state: 'stopped' }
  const limits = await prlimit()
  // In case this process is killed: the child would go on.
  const cpuSeconds = Math.ceil(timeoutMs / 1_000) * 2
  const command = [
    ...(limits === null
      ? []
      : [limits, `--as=${memoryBytesMax}`, `--cpu=${cpuSeconds}`, `--fsize=${outputBytesMax}`, '--core=0']),
    program,
    '-nostdin',
    '-hide_banner',
    '-max_alloc',
    String(blockBytesMax),
    ...args,
  ]
  return new Promise((resolve) => {
    const [first = program, ...rest] = command
    const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: programEnv })
    let report = ''
    let killedFor: 'timeout' | 'stopped' | null = null
    const kill = (why: 'timeout' | 'stopped'): void => {
      killedFor ??= why
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => kill('timeout'), timeoutMs)
    const unfollow = followSignal(signal, () => kill('stopped'))
    const end = (result: FfmpegEnd): void => {
      clearTimeout(timer)
      unfollow()
      resolve(killedFor === null ? result : { state: killedFor })
    }
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      report = (report + text).slice(-reportCharactersMax)
    })
    child.once('spawn', () => lowerPriority(child.pid))
    child.once('error', () => end({ state: 'missing' }))
    child.once('close', (code, ended) => end({ state: 'exited', code, report, isFull: ended === 'SIGXFSZ' }))
  })
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, lowPriority)
  } catch {
    // It ended at once, or the system does not allow it.
  }
}

let prlimitPath: Promise<string | null> | null = null

/** Of util-linux, which every Debian has. */
function prlimit(): Promise<string | null> {
  const path = '/usr/bin/prlimit'
  prlimitPath ??= access(path).then(
    () => path,
    () => null,
  )
  return prlimitPath
}
