import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { inject } from 'vitest'
import { freePort } from '../../src/db/embedded/port.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string | null
  }
}

/** The run's Redis; null when this machine has none, and tests that need one are to be skipped. */
export function redisUrl(): string | null {
  return inject('redisUrl')
}

/** Called once for a run, by its global setup: REDIS_URL when it is set, else a redis-server of our own. */
export async function startRedis(): Promise<{ url: string | null; stop(): Promise<void> }> {
  const given = process.env['REDIS_URL']
  if (given !== undefined && given !== '') return { url: given, stop: async () => undefined }
  const port = await freePort()
  const server = spawn(
    'redis-server',
    ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', tmpdir()],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<string>((resolve) => {
    server.once('error', (error) => resolve(error.message))
    server.once('close', (code) => resolve(`exit code ${code}`))
  })
  const ready = new Promise<null>((resolve) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve(null)
    })
  })
  const failure = await Promise.race([ready, ended])
  if (failure !== null) {
    console.warn(
      `\n*** NO REDIS (${failure}): ITS TESTS ARE SKIPPED. Install redis-server or set REDIS_URL. ***\n`,
    )
    return { url: null, stop: async () => undefined }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      if (server.exitCode !== null) return
      server.kill('SIGTERM')
      await once(server, 'close')
    },
  }
}
