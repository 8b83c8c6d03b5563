import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { builtProgram } from './built.ts'

const house = fileURLToPath(new URL('../..', import.meta.url))

/** A program of ours in a process of its own. */
export interface Program {
  pid: number
  /** Standard output and standard error so far. */
  text(): string
  isRunning(): boolean
  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void
  /** Sends a signal when there is one, and waits for the end. Resolves with the exit code. */
  ended(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts a program with nothing in its environment but what is given. It ends with the test at the latest. */
export function startProgram(
  name: 'listen' | 'main',
  args: string[] = [],
  env: Record<string, string> = {},
): Program {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [builtProgram(name), ...args], {
    cwd: house,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (some: Buffer) => (text += String(some)))
  const closed = once(child, 'close')
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  onTestFinished(async () => {
    if (isRunning()) child.kill('SIGKILL')
    await closed
  })
  return {
    pid: child.pid ?? 0,
    text: () => text,
    isRunning,
    signal: (signal) => void child.kill(signal),
    async ended(signal) {
      if (signal !== undefined) child.kill(signal)
      await closed
      return child.exitCode
    },
  }
}
