import { Redis } from 'ioredis'
import { freePort } from '../src/db/embedded/port.ts'
import { plainEnvironment, type Processes } from './processes.ts'
import { waitUntil } from './wait.ts'

/** A Redis server of the benchmark's own. */
export interface RedisServer {
  pid: number
  url: string
  /** Forgets everything, so that no stack finds the jobs of another. */
  flush(): Promise<void>
}

/** Starts redis-server; null, with one loud line, where it is not installed. */
export async function startRedis(processes: Processes, folder: string): Promise<RedisServer | null> {
  const port = await freePort()
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ]
  try {
    const program = processes.start('redis', 'redis-server', args, { env: plainEnvironment })
    await waitUntil(
      'redis-server',
      async () => {
        if (program.child.exitCode !== null) throw new Error(await program.output())
        return (await program.output()).includes('Ready to accept connections') ? true : null
      },
      { timeoutMs: 10_000 },
    )
    const url = `redis://127.0.0.1:${port}`
    return { pid: program.pid, url, flush: () => flushAll(url) }
  } catch (error) {
    console.warn(`\n*** NO REDIS: what needs it is left out. Install redis-server. (${String(error)}) ***\n`)
    return null
  }
}

async function flushAll(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true })
  await redis.connect()
  await redis.flushall()
  await redis.quit()
}
