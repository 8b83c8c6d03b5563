import type { Config } from '../config/config.ts'
import type { Log } from '../kit/log.ts'
import { StartError } from '../kit/start-error.ts'
import { wait } from '../kit/concurrency/wait.ts'
import { isUnavailable } from './client.ts'
import { directTarget, type Target } from './connection.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { inspect } from './inspect.ts'
import { migrate, type MigrateInput } from './migrate/migrate.ts'
import { remedyFor } from './remedies.ts'

export interface OpenDatabase {
  target: Target
  stop(): Promise<unknown>
}

/**
 * Finds the Postgres of the configuration, or starts or joins the embedded one, and brings its tables up to date. Waits
 * for a Postgres that does not answer, or goes away meanwhile, until `stopping` fires. Throws `StartError`.
 */
export async function openDatabase(
  config: Config,
  { log, stopping, further }: { log: Log; stopping: AbortSignal; further?: MigrateInput['further'] },
): Promise<OpenDatabase> {
  const { url, directUrl, schema } = config.database
  const embedded = url === null ? await startEmbedded(config.dataDir, log) : null
  const stop = (): Promise<unknown> => embedded?.stop() ?? Promise.resolve()
  try {
    const address = url ?? embedded?.url ?? ''
    const inPostgres = config.redisUrl === null
    const target = await untilReachable(address, { log, stopping }, async () => {
      const found =
        embedded === null
          ? await inspect({ url: address, directUrl, schema, queueInPostgres: inPostgres })
          : directTarget(address)
      await migrate({ target: found, log, ...(further !== undefined && { further }) })
      return found
    })
    return { target, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The operator has to mend what keeps it from starting, and is told so. */
function startEmbedded(dataDir: string, log: Log): ReturnType<typeof startEmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, log }).catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error), error)
  })
}

const tryEveryMs = 1_000
const logEveryTries = 10

/** Tries until it is done. Throws `StartError` when Postgres answers and refuses. */
async function untilReachable<T>(
  url: string,
  { log, stopping }: { log: Log; stopping: AbortSignal },
  act: () => Promise<T>,
): Promise<T> {
  const at = new URL(url).host
  for (let tries = 0; ; tries += 1) {
    try {
      return await act()
    } catch (error) {
      if (error instanceof StartError) throw error
      if (!isUnavailable(error)) throw new StartError(remedyFor(error, { at, url }), error)
      if (tries % logEveryTries === 0) {
        log.warn({ reason: reasonOf(error) }, `waiting for Postgres at ${at}, trying every second`)
      }
    }
    await wait(tryEveryMs, stopping)
    if (stopping.aborted)
      throw new StartError(`Postgres at ${at} could not be used before the start was called off.`)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message === '' && 'code' in error ? String(error.code) : error.message
}
