import { setMaxListeners } from 'node:events'
import type { Config } from './config/config.ts'
import { readSecretsFile } from './config/secrets-file.ts'
import { createDb, type Db } from './db/client.ts'
import type { Target } from './db/connection.ts'
import { createListener } from './db/listener.ts'
import { createQueueDatabase, settingsForQueue, shareConnections } from './db/queue-database.ts'
import { createSignals, type Signals } from './db/signals.ts'
import { createPostgresPacer } from './db/stores/dispatch/pacer.ts'
import { createPostgresRateCounter } from './db/stores/accounts/rate-counter.ts'
import { pacerWithFallback, type Pacer } from './domain/messages/pacer.ts'
import type { RateCounter } from './domain/accounts/rate-counter.ts'
import { systemClock, type Clock } from './kit/clock.ts'
import { createLog, type Log } from './kit/log.ts'
import { createOutboundClient, type OutboundClient } from './kit/net/outbound-client.ts'
import { createOutboundGuard, type OutboundGuard } from './kit/net/outbound-guard.ts'
import type { ResolveName } from './kit/net/resolve-name.ts'
import { createEncrypter, type Encrypter } from './kit/crypto/encrypter.ts'
import { within } from './kit/concurrency/within.ts'
import { createTasks, type Tasks } from './kit/concurrency/tasks.ts'
import type { Tracing } from './kit/tracing.ts'
import type { Provider } from './providers/contract.ts'
import { createProviders } from './providers/index.ts'
import { createPostgresQueue } from './queue/postgres-queue.ts'
import type { Queue } from './queue/queue.ts'
import { createRedisQueue } from './queue/redis-queue.ts'
import type { QueueTelemetry } from './queue/telemetry.ts'

/** Everything that a use case may need, made once a process. */
export interface Context {
  config: Config
  log: Log
  clock: Clock
  db: Db
  queue: Queue
  /** Short texts between the processes, for those that must reach all of them, or a certain one. */
  signals: Signals
  pacer: Pacer
  rates: RateCounter
  providers: ReadonlyMap<string, Provider>
  encrypter: Encrypter
  guard: OutboundGuard
  /** For URLs that accounts gave us. */
  outbound: OutboundClient
  /** OpenTelemetry traces; null where nobody collects them. */
  tracing: Tracing | null
  /** Work that outlives the call that started it. */
  tasks: Tasks
  /** Fires when the process begins to stop: start nothing new. */
  stopping: AbortSignal
  /** Fires when the time to stop is up: what is still under way ends now. Providers keep their own time limits. */
  outOfTime: AbortSignal
  /** Says that the process is to stop: `stopping` fires. */
  beginStop(): void
  /** Lets the running work end, for at most `config.shutdownTimeoutMs`, then closes every connection. */
  close(): Promise<void>
}

export interface ContextOverrides {
  log?: Log
  clock?: Clock
  providers?: Provider[]
  /** In place of the DNS, for the URLs that accounts gave us. */
  resolveName?: ResolveName
  /** Loaded by the caller that starts the service, because loading takes a moment. */
  traces?: { tracing: Tracing; telemetry: QueueTelemetry }
}

/**
 * Makes the runtime. Connects lazily: nothing here waits for Postgres or Redis.
 */
export function createContext(config: Config, target: Target, overrides: ContextOverrides = {}): Context {
  const log = overrides.log ?? createLog(config.logLevel)
  const quiet = (error: unknown): void => log.debug({ err: error }, 'the connection that listens has trouble')
  const shares = shareConnections(config.database.poolMax, { queue: config.redisUrl === null })
  const db = createDb({ target, poolMax: shares.db })
  const listener = createListener(target, { onError: quiet, sets: settingsForQueue(target) })
  const signals = createSignals({ db, listener, schema: target.schema }, quiet)
  const queueDatabase = createQueueDatabase({ target, listener, poolMax: shares.queue })
  const telemetry = overrides.traces?.telemetry
  const queue =
    config.redisUrl === null
      ? createPostgresQueue(queueDatabase, log, telemetry)
      : createRedisQueue(config.redisUrl, log, telemetry)
  const inPostgres = createPostgresPacer(db)
  const guard = createOutboundGuard({
    allowCidrs: config.outboundAllowCidrs,
    allowHttp: config.outboundAllowHttp,
    ...(overrides.resolveName && { resolveName: overrides.resolveName }),
  })
  const providers =
    overrides.providers ??
    createProviders({
      graphUrl: config.meta.graphUrl,
      graphVersion: config.meta.graphVersion,
      timeoutMs: config.send.timeoutMs,
      connectionsMax: config.send.connectionsMax,
      cloudRatePerSecond: config.send.cloudRatePerSecond,
      operatorSecrets: { signature: config.meta.appSecret, verifyToken: config.meta.verifyToken },
      linkedDevice: { ...config.devices, timeoutMs: config.send.timeoutMs },
    })
  const outbound = createOutboundClient({
    guard,
    ...config.webhooks,
    bodyBytesMax: 16_384,
    proxy: config.outboundProxy,
  })
  const tasks = createTasks((error) => log.error({ err: error }, 'a background task failed'))
  const stop = new AbortController()
  // Every send that waits for its slot listens.
  const abandon = new AbortController()
  setMaxListeners(0, stop.signal, abandon.signal)

  return {
    config,
    log,
    clock: overrides.clock ?? systemClock,
    db,
    queue,
    signals,
    pacer: queue.pacer === null ? inPostgres : pacerWithFallback(queue.pacer, inPostgres),
    rates: queue.rates ?? createPostgresRateCounter(db),
    providers: new Map(providers.map((provider) => [provider.id, provider])),
    encrypter: createEncrypter(
      config.secretsKeys,
      config.secretsInFile ? () => readSecretsFile(config.dataDir) : undefined,
    ),
    guard,
    outbound,
    tracing: overrides.traces?.tracing ?? null,
    tasks,
    stopping: stop.signal,
    outOfTime: abandon.signal,
    beginStop: () => stop.abort(),
    async close() {
      stop.abort()
      await within(config.shutdownTimeoutMs, tasks.drain(), undefined)
      abandon.abort()
      // A part that hangs must not keep the process from ending.
      await within(closeMsMax, queue.close(), undefined)
      await within(
        closeMsMax,
        Promise.all([...providers.map((provider) => provider.close()), outbound.close()]),
        undefined,
      )
      await within(closeMsMax, Promise.all([queueDatabase.close(), listener.close()]), undefined)
      await within(closeMsMax, db.close(), undefined)
      await within(closeMsMax, Promise.resolve(overrides.traces?.tracing.close()), undefined)
    },
  }
}

/** Time for a connection to be closed in good order. */
const closeMsMax = 2_000

/** Something that a use case keeps for the life of a context, such as a batcher; made at its first use. */
export function perContext<T>(make: (ctx: Context) => T): (ctx: Context) => T {
  const made = new WeakMap<Context, T>()
  return (ctx) => {
    const found = made.get(ctx)
    if (found !== undefined) return found
    const fresh = make(ctx)
    made.set(ctx, fresh)
    return fresh
  }
}
