import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'

/** A process that the storm started, and ends by its id. */
export interface Child {
  pid: number
  /** Resolves with how it ended. */
  ended: Promise<string>
  /** Sends a signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

export interface Command {
  file: string
  args: readonly string[]
  env: Record<string, string>
  cwd: string
  /** Where its output goes, appended. */
  logFile: string
}

/** Starts a program whose output goes to a file. Throws when it cannot be started at all. */
export async function startChild(command: Command): Promise<Child> {
  const log = openSync(command.logFile, 'a')
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', log, log],
  })
  const ended = endOf(child)
  closeSync(log)
  await Promise.race([once(child, 'spawn'), ended])
  const { pid } = child
  if (pid === undefined) throw new Error(`${command.file} cannot be started: ${await ended}`)
  return {
    pid,
    ended,
    async end(signal) {
      child.kill(signal)
      await ended
    },
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}
