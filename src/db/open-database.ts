import type { Config } from '../config/config.ts'
import { createDb, isUnavailable } from './client.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import type { Log } from '../kit/log.ts'
import { StartError } from '../kit/start-error.ts'
import { wait } from '../kit/concurrency/wait.ts'

/** Finds the Postgres of the configuration, or starts or joins the embedded one. Throws `StartError`. */
export async function openDatabase(
  config: Config,
  log: Log,
  stopping: AbortSignal,
): Promise<{ url: string; stop(): Promise<unknown> }> {
  const { url } = config.database
  if (url === null) return startEmbeddedPostgres({ dataDir: config.dataDir, log })
  await untilReachable(url, log, stopping)
  return { url, stop: () => Promise.resolve() }
}

const pingEveryMs = 1_000
const logEveryTries = 10

/** Waits until Postgres answers. Throws `StartError` when it answers and does not let us in. */
async function untilReachable(url: string, log: Log, stopping: AbortSignal): Promise<void> {
  const at = new URL(url).host
  const db = createDb({ url, poolMax: 1 })
  try {
    for (let tries = 0; !stopping.aborted; tries += 1) {
      const trouble = await db.ping().then(
        () => null,
        (error: unknown) => error,
      )
      if (trouble === null) return
      if (!isUnavailable(trouble)) {
        throw new StartError(
          `Postgres at ${at} does not let us in: ${reasonOf(trouble)}. Check DATABASE_URL.`,
          trouble,
        )
      }
      if (tries % logEveryTries === 0) {
        log.warn({ reason: reasonOf(trouble) }, `waiting for Postgres at ${at}, trying every second`)
      }
      await wait(pingEveryMs, stopping)
    }
  } finally {
    await db.close()
  }
}

/** The reason why a connection failed, without the words that callers of the API get. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(inner instanceof Error)) return String(inner)
  return inner.message === '' && 'code' in inner ? String(inner.code) : inner.message
}
