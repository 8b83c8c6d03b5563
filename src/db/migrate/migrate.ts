import { fork } from 'node:child_process'
import { extname } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { wait } from '../../kit/concurrency/wait.ts'
import type { Log } from '../../kit/log.ts'
import {
  compareMigrations,
  migrationsFolder,
  readMigrations,
  type Migration,
  type MigrationRow,
  type MigrationState,
} from './migrations.ts'

/** Any number that nobody else uses; Prisma's own lock, which the engine takes besides, is 72707369. */
const lockKey = 4867_2301
const lockMsMax = 600_000
const connectMsMax = 60_000
const connectEveryMs = 500
const progressEveryMs = 30_000

/** Postgres that is not there yet, or not ready: worth waiting for at a start that needs no order. */
const notReady = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  '57P03',
  '57P01',
])

/**
 * Brings a database to the schema of this code, as `prisma migrate deploy` would: the same table and
 * checksums. Of several processes that start together one applies and the others wait, for ten minutes at
 * most. When nothing is to be done, it costs one query. A database newer than the code is left as it is, with
 * a warning.
 *
 * The connection must reach Postgres itself or a pooler in session mode: a session holds the lock.
 *
 * @throws Error that names the migration, when one failed or was edited after it had been applied.
 */
export async function migrate(input: { connectionString: string; log: Log; folder?: string }): Promise<void> {
  const { connectionString, log, folder = migrationsFolder } = input
  const migrations = await readMigrations(folder)
  const client = await connect(connectionString, log)
  try {
    if ((await check(client, migrations)).pending.length > 0) {
      await takeLock(client, log)
      // Another process may have applied them while this one waited.
      const { pending } = await check(client, migrations)
      if (pending.length > 0) await apply({ connectionString, folder, log, pending })
    }
    const { unknown } = await check(client, migrations)
    if (unknown.length > 0)
      log.warn({ unknown }, 'The database is newer than this code: it has migrations unknown here')
  } finally {
    await client.end()
  }
}

async function check(client: pg.Client, migrations: Migration[]): Promise<MigrationState> {
  const state = compareMigrations(migrations, await readRows(client))
  for (const name of state.failed) {
    throw new Error(
      `Migration ${name} failed at an earlier start; the reason stands in _prisma_migrations.logs. Remove ` +
        'the cause, then allow another try: UPDATE _prisma_migrations SET rolled_back_at = now() WHERE ' +
        `migration_name = '${name}' AND finished_at IS NULL;`,
    )
  }
  for (const name of state.edited) {
    throw new Error(
      `Migration ${name} was edited after it had been applied to this database. Restore its file, and put ` +
        'the change into a new migration.',
    )
  }
  return state
}

async function readRows(client: pg.Client): Promise<MigrationRow[]> {
  const table = await client.query<{ exists: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as exists`,
  )
  if (table.rows[0]?.exists !== true) return []
  const { rows } = await client.query<MigrationRow>(
    `select migration_name as name, checksum, finished_at is not null as finished,
            rolled_back_at is not null as "rolledBack"
     from _prisma_migrations order by started_at`,
  )
  return rows
}

async function connect(connectionString: string, log: Log): Promise<pg.Client> {
  for (let waitedMs = 0; ; waitedMs += connectEveryMs) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
    // Without a listener a connection that breaks between two statements would end the program.
    client.on('error', (error) => log.warn({ err: error }, 'The connection for migrations broke'))
    try {
      await client.connect()
      return client
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (typeof code !== 'string' || !notReady.has(code) || waitedMs >= connectMsMax) throw error
      if (waitedMs % 5_000 === 0)
        log.warn({ code, waitedMs, waitsMsMax: connectMsMax }, 'Waiting for Postgres')
      await wait(connectEveryMs)
    }
  }
}

/** The lock ends with the connection, so that a process which dies leaves none behind. */
async function takeLock(client: pg.Client, log: Log): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
    lockKey,
  ])
  if (rows[0]?.taken === true) return
  log.info({ waitsMsMax: lockMsMax }, 'Another process applies migrations; waiting for it')
  await client.query(`set lock_timeout = ${lockMsMax}`)
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
  } catch (error) {
    throw new Error(`Another process has held the lock for migrations for ${lockMsMax} ms`, { cause: error })
  }
}

const answer = z.union([z.object({ applied: z.array(z.string()) }), z.object({ failure: z.string() })])

/** In a process of its own, so that the engine's memory goes with it. */
async function apply(input: {
  connectionString: string
  folder: string
  log: Log
  pending: string[]
}): Promise<void> {
  const { connectionString, folder, log, pending } = input
  log.info({ pending }, 'Applying migrations')
  const progress = setInterval(() => log.info('Still applying migrations'), progressEveryMs)
  try {
    const result = answer.parse(await askChild({ connectionString, folder }))
    if ('failure' in result) throw new Error(explain(result.failure, pending))
    log.info({ applied: result.applied }, 'Migrations applied')
  } finally {
    clearInterval(progress)
  }
}

/** The engine's text is Postgres' error followed by a trace of the engine, which names the migration. */
function explain(failure: string, pending: string[]): string {
  const name = /migration_name="([^"]+)"/.exec(failure)?.[1] ?? pending.join(', ')
  const reason = failure.split(/\n +\d+: /)[0] ?? failure
  return `Migration ${name} failed: ${reason.trim()}`
}

/**
 * Runs apply-migrations beside this file; where this file is TypeScript (tests, tsx) the child needs tsx as
 * well.
 */
function askChild(question: { connectionString: string; folder: string }): Promise<unknown> {
  const extension = extname(import.meta.url)
  const program = fileURLToPath(new URL(`./apply-migrations${extension}`, import.meta.url))
  const execArgv = extension === '.ts' ? ['--import', tsxUrl()] : []
  return new Promise((resolve, reject) => {
    const child = fork(program, { execArgv })
    child.once('error', reject)
    child.once('message', resolve)
    child.once('exit', (code, name) => reject(new Error(`the process for it ended with ${name ?? code}`)))
    child.send(question)
  })
}

function tsxUrl(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
}
