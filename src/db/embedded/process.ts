import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * The command line of a process, words joined by spaces; null when there is no such process or only its
 * zombie is left. A zombie answers signals, so signal 0 alone would call a dead Postgres alive where nobody
 * reaps it.
 */
export async function commandOf(pid: number): Promise<string | null> {
  const command = process.platform === 'linux' ? await commandFromProc(pid) : await ps(pid, 'command=')
  return command === '' ? null : command
}

/**
 * Tells a process from a later one with the same id (ids repeat quickly in containers): the boot and the
 * moment of its start. Null when there is no such process.
 */
export async function stampOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return (await ps(pid, 'lstart=')) || null
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold spaces; the start is field 22.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.trim()}:${startTicks}`
  } catch {
    return null
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function commandFromProc(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return words.replaceAll('\0', ' ').trim()
}

async function ps(pid: number, column: string): Promise<string> {
  const { stdout } = await run('ps', ['-o', column, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim()
}
