import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { GraphApiOptions } from '../fakes/graph-api/options.ts'

/** A stand-in that runs as a process of its own and is told over its control endpoints what to do. */
export interface Fake {
  url: string
  /** Asks a control endpoint; with a body it is a POST. Throws when it answers anything but 200. */
  control(path: string, options?: { body?: unknown; signal?: AbortSignal }): Promise<unknown>
  stop(): Promise<void>
}

const ready = z.object({ url: z.string() })

/** The Graph API. It never dies: Meta is not ours to kill. */
export function startGraphFake(options: GraphApiOptions): Promise<Fake> {
  return startFake('../fakes/graph-api/main.ts', { GRAPH_API_OPTIONS: JSON.stringify(options) })
}

/** The customer's webhook endpoint. */
export function startReceiverFake(): Promise<Fake> {
  return startFake('../fakes/webhook-receiver/main.ts', {})
}

async function startFake(file: string, env: Record<string, string>): Promise<Fake> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, [], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit').then(() => null)
  const message: unknown = await Promise.race([once(child, 'message').then(([first]) => first), gone])
  if (message === null) throw new Error(`${file} did not start`)
  const { url } = ready.parse(message)
  return {
    url,
    control: (route, options) => askControl(`${url}/__control/${route}`, options),
    stop: () => end(child),
  }
}

async function askControl(
  url: string,
  { body, signal }: { body?: unknown; signal?: AbortSignal } = {},
): Promise<unknown> {
  const answer = await fetch(url, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
