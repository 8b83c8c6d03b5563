import { fork, spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'

/** A program that the benchmark started. */
export interface Program {
  name: string
  child: ChildProcess
  pid: number
  /** Its output so far. */
  output(): Promise<string>
  /** Asks it to end (SIGTERM), insists after ten seconds, and resolves when it is gone. */
  stop(): Promise<void>
}

/** Everything that runs on the benchmark's behalf, so that nothing outlives it. */
export interface Processes {
  start(name: string, command: string, args: string[], options: { env: Environment; cwd?: string }): Program
  /** Starts a TypeScript file of ours that announces itself over IPC; resolves with what it said. */
  startScript<Ready>(
    name: string,
    file: URL,
    options: { args?: string[]; ready: z.ZodType<Ready> },
  ): Promise<{ program: Program; ready: Ready }>
  stopAll(): Promise<void>
}

export type Environment = Record<string, string>

const patienceMs = 10_000

/** What a program gets from our own environment: nothing that would configure it. */
export const plainEnvironment: Environment = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  }),
)

/** `folder` takes the output of each program, in a file of its name. */
export function createProcesses(folder: string): Processes {
  const running = new Set<Program>()
  let started = 0
  let closed = false

  /** Once everything is being stopped, nothing may begin. */
  function assertOpen(): void {
    if (closed) throw new Error('the benchmark is ending')
  }

  function adopt(name: string, child: ChildProcess): Program {
    started += 1
    const file = join(folder, `${started}-${name}.log`)
    const log = createWriteStream(file)
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    if (child.pid === undefined) throw new Error(`${name} could not be started`)
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const program: Program = {
      name,
      child,
      pid: child.pid,
      output: () => readFile(file, 'utf8').catch(() => ''),
      async stop() {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGTERM')
          const insist = setTimeout(() => child.kill('SIGKILL'), patienceMs)
          await gone
          clearTimeout(insist)
        }
        running.delete(program)
      },
    }
    running.add(program)
    void gone.then(() => running.delete(program))
    return program
  }

  return {
    start(name, command, args, { env, cwd = folder }) {
      assertOpen()
      return adopt(name, spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] }))
    },
    async startScript(name, file, { args = [], ready }) {
      assertOpen()
      const path = fileURLToPath(file)
      const child = fork(path, args, { execArgv: ['--import', 'tsx'], env: plainEnvironment, silent: true })
      const program = adopt(name, child)
      const said = await new Promise<unknown>((resolve, reject) => {
        child.once('message', resolve)
        child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready`)))
      }).catch(async (error: unknown) => {
        throw new Error(`${String(error)}\n${await program.output()}`, { cause: error })
      })
      return { program, ready: ready.parse(said) }
    },
    async stopAll() {
      closed = true
      await Promise.all([...running].map((program) => program.stop()))
    },
  }
}
