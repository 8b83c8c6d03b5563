import { buildMetricsServer } from './api/metrics-server.ts'
import { buildServer } from './api/server.ts'
import type { Config } from './config/config.ts'
import { createContext, type Context, type ContextOverrides } from './context.ts'
import { openDatabase } from './db/open-database.ts'
import { createLog, type Log } from './kit/log.ts'
import { StartError } from './kit/start-error.ts'
import { createTracing } from './kit/tracing.ts'
import { within } from './kit/concurrency/within.ts'
import { migrateQueue } from './queue/migrate-queue.ts'
import { loadQueueTelemetry } from './queue/telemetry.ts'
import { assertSecretsOpen } from './services/operations/secrets-key.ts'
import { startWorkers } from './workers/index.ts'

/** A running service. */
export interface Service {
  ctx: Context
  /** Where the API listens; null for a worker. */
  url: string | null
  /** Where METRICS_PORT listens; null without it. */
  metricsUrl: string | null
  /** Stops taking requests and jobs, lets the running ones end, and closes everything. Safe to call twice. */
  stop(): Promise<void>
}

type Stop = () => Promise<unknown>
type Api = Awaited<ReturnType<typeof buildServer>>

/**
 * Starts the service in the role of its configuration: finds or starts Postgres, brings its schema up to date,
 * starts the workers, and listens last, so that every client that connects is served. Waits for a Postgres that does not
 * answer yet, and starts without a Redis that does not. When it fails, or `stopping` fires, what was started is
 * stopped again.
 *
 * Throws `StartError`.
 */
export async function startService(
  config: Config,
  overrides: ContextOverrides = {},
  stopping: AbortSignal = new AbortController().signal,
): Promise<Service> {
  const log = overrides.log ?? createLog(config.logLevel)
  const started: Stop[] = []
  let stopped: Promise<void> | null = null
  const stop = (): Promise<void> => (stopped ??= stopAll(started, log))
  try {
    const database = await openDatabase(config, {
      log,
      stopping,
      ...(config.redisUrl === null && { further: migrateQueue }),
    })
    started.push(() => database.stop())
    assertWanted(stopping)
    const ctx = createContext(config, database.target, { ...overrides, ...(await loadTraces(config)), log })
    started.push(() => ctx.close())
    await assertUsable(ctx)
    const workers = config.role === 'api' ? null : startWorkers(ctx)
    started.push(() => closeWork(workers, ctx))
    const metrics = config.metrics.port === null ? null : buildMetricsServer(ctx)
    if (metrics !== null) started.push(() => metrics.close())
    const metricsUrl = metrics === null ? null : await listenForMetrics(metrics, config)
    const api = config.role === 'worker' ? null : await buildServer(ctx)
    if (api !== null) started.push(() => closeApi(api, config.shutdownTimeoutMs))
    const url = api === null ? null : await listen(api, { ...config.http, variable: 'PORT' })
    log.info({ role: config.role, url, metricsUrl }, 'ready')
    if (api !== null) tellOfRegistration(config, log)
    return { ctx, url, metricsUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function loadTraces({ tracing, role }: Config): Promise<Pick<ContextOverrides, 'traces'>> {
  if (tracing === null) return {}
  const telemetry = await loadQueueTelemetry()
  return { traces: { tracing: await createTracing({ ...tracing, role }), telemetry } }
}

/** Ends the start where no waiting would help. */
async function assertUsable(ctx: Context): Promise<void> {
  const fault = await ctx.queue.findFault()
  if (fault !== null) throw new StartError(fault)
  await assertSecretsOpen(ctx)
}

function assertWanted(stopping: AbortSignal): void {
  if (stopping.aborted) throw new StartError('The start was called off.')
}

/** The last that was started first. One that fails to stop keeps no other from it. */
async function stopAll(started: Stop[], log: Log): Promise<void> {
  for (const stop of started.toReversed()) {
    await stop().catch((error: unknown) => log.error({ err: error }, 'a part did not stop as it should'))
  }
  log.info('stopped')
}

/** Where to listen, and the variable that sets the port. */
interface ListenAddress {
  host: string
  port: number
  variable: 'PORT' | 'METRICS_PORT'
}

/** Why a port cannot be had, by the system's code. */
const listenProblems: Record<string, (at: ListenAddress) => string> = {
  EADDRINUSE: ({ host, port, variable }) =>
    `${host}:${port} is taken by another program. ` +
    `Stop it, or set ${variable} to a free port, such as ${variable}=${port + 1}.`,
  EACCES: ({ host, port, variable }) =>
    `This user may not listen on ${host}:${port}. Set ${variable} to one above 1023, such as ${variable}=3000.`,
  EADDRNOTAVAIL: ({ host }) =>
    `${host} is no address of this machine. Set HOST to one of its own, to 127.0.0.1, or to 0.0.0.0 for all.`,
  ENOTFOUND: ({ host }) =>
    `${host} is no known host. Set HOST to an address of this machine, such as 127.0.0.1.`,
}

function listenForMetrics(server: Api, { http, metrics }: Config): Promise<string> {
  return listen(server, { host: http.host, port: metrics.port ?? 0, variable: 'METRICS_PORT' })
}

async function listen(server: Api, { host, port, variable }: ListenAddress): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const explain = listenProblems[code]
    throw explain === undefined ? error : new StartError(explain({ host, port, variable }), error)
  }
}

async function closeWork(workers: ReturnType<typeof startWorkers> | null, ctx: Context): Promise<void> {
  ctx.beginStop()
  await within(ctx.config.shutdownTimeoutMs, Promise.resolve(workers?.close()), undefined)
}

/** Lets the requests under way end; those that are not done in time are cut off. */
async function closeApi(api: Api, withinMs: number): Promise<void> {
  const deadline = setTimeout(() => api.server.closeAllConnections(), withinMs)
  try {
    await api.close()
  } finally {
    clearTimeout(deadline)
  }
}

/** A service that a network reaches lets nobody make an account unless its operator said so. */
function tellOfRegistration({ http, registration }: Config, log: Log): void {
  if (registration.isChosen || registration.mode !== 'closed') return
  log.warn(
    `Registration is closed, because HOST=${http.host} is open to the network and REGISTRATION is not set. Make an ` +
      'account with: npm run admin -- accounts create --name <name> --email <email>',
  )
}
