import { buildServer } from './api/server.ts'
import type { Config } from './config/config.ts'
import { createContext, type Context, type ContextOverrides } from './context.ts'
import { startEmbeddedPostgres } from './db/embedded/index.ts'
import { migrate } from './db/migrate.ts'
import { createLog, type Log } from './kit/log.ts'
import { startWorkers } from './workers/index.ts'

/** A running service. */
export interface Service {
  ctx: Context
  /** Where the API listens; null for a worker. */
  url: string | null
  /** Stops taking requests and jobs, lets the running ones end, and closes everything. */
  stop(): Promise<void>
}

/**
 * Starts the service in the role of its configuration: finds or starts Postgres, brings its schema up to date,
 * starts the workers, and listens last, so that whoever connects is served.
 */
export async function startService(config: Config, overrides: ContextOverrides = {}): Promise<Service> {
  const log = overrides.log ?? createLog(config.logLevel)
  const database = await openDatabase(config, log)
  await migrate({ connectionString: database.url, log })
  const ctx = createContext(config, database.url, { ...overrides, log })
  const workers = config.role === 'api' ? null : startWorkers(ctx)
  const api = config.role === 'worker' ? null : await buildServer(ctx)
  const url = (await api?.listen({ host: config.http.host, port: config.http.port })) ?? null
  log.info({ role: config.role, url }, 'ready')

  let stopping: Promise<void> | null = null
  async function stop(): Promise<void> {
    await api?.close()
    await Promise.all([workers?.close(), ctx.close()])
    await database.stop()
    log.info('stopped')
  }
  return {
    ctx,
    url,
    stop: () => (stopping ??= stop()),
  }
}

async function openDatabase(config: Config, log: Log): Promise<{ url: string; stop(): Promise<void> }> {
  if (config.database.url !== null) return { url: config.database.url, stop: () => Promise.resolve() }
  return startEmbeddedPostgres({ dataDir: config.dataDir, log })
}
