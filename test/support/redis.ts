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

export interface RedisServer {
  url: string
  port: number
  stop(): Promise<void>
}

/** Called once for a run, by its global setup: REDIS_URL when it is set, else a redis-server of our own. */
export async function startRedis(): Promise<{ url: string | null; stop(): Promise<void> }> {
  const given = process.env['REDIS_URL']
  if (given !== undefined && given !== '') return { url: given, stop: async () => undefined }
  try {
    return await spawnRedis()
  } catch (error) {
    console.warn(
      `\n*** NO REDIS (${String(error)}): ITS TESTS ARE SKIPPED. Install redis-server or set REDIS_URL. ***\n`,
    )
    return { url: null, stop: async () => undefined }
  }
}

/**
 * A redis-server of a test's own, for what cannot share one: jobs that only its own workers may take, FLUSHALL,
 * a server that goes away and comes back. Throws when it cannot start.
 */
export async function spawnRedis(wantedPort?: number, further: string[] = []): Promise<RedisServer> {
  const port = wantedPort ?? (await freePort())
  const server = spawn(
    'redis-server',
    [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      tmpdir(),
      ...further,
    ],
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
  if (failure !== null) throw new Error(failure)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill('SIGTERM')
      await once(server, 'close')
    },
  }
}
