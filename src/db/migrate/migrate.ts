import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Log } from '../../kit/log.ts'
import { StartError } from '../../kit/start-error.ts'
import { closeClient, openClient, queueSchema, settings, type Target } from '../connection.ts'
import {
  checksumOf,
  compareMigrations,
  migrationsFolder,
  readMigrations,
  type Migration,
  type MigrationRow,
  type MigrationState,
} from './migrations.ts'

/** Any number that nobody else uses. Locks belong to a database: installations in one wait for each other. */
const lockKey = 4867_2301
const lockMsMax = 600_000
const progressEveryMs = 30_000

export interface MigrateInput {
  target: Target
  log: Log
  /** Brings further tables up to date on the same connection, under the same lock. */
  further?(session: pg.Client, schema: string): Promise<void>
  folder?: string
}

/**
 * Brings a database to the schema of this code and records it as `prisma migrate deploy` would: the same table and
 * checksums. Of several processes that start together one applies and the others wait, for ten minutes at
 * most. When nothing is to be done, it costs a few queries. A database newer than the code is left as it is, with
 * a warning. A migration and its record are one transaction: whatever breaks meanwhile, it may simply be run again.
 *
 * @throws StartError that names the migration, when one failed or was edited after it had been applied; what Postgres or the
 * system said, when the connection broke.
 */
export async function migrate({
  target,
  log,
  further,
  folder = migrationsFolder,
}: MigrateInput): Promise<void> {
  const migrations = await readMigrations(folder)
  const client = await openClient(target.directUrl, {
    name: 'hermod-migrations',
    sets: settings(target.schema, { statementMs: 0 }),
  })
  const progress = setInterval(() => log.info('Still bringing the database up to date'), progressEveryMs)
  try {
    if ((await check(client, migrations)).pending.length > 0) {
      await takeLock(client, log)
      await makeSchema(client, target.schema)
      // Another process may have applied them while this one waited.
      const { pending } = await check(client, migrations)
      if (pending.length > 0) log.info({ pending }, 'Applying migrations')
      for (const migration of migrations.filter(({ name }) => pending.includes(name)))
        await apply(client, migration)
      if (pending.length > 0) log.info({ applied: pending }, 'Migrations applied')
    }
    const { unknown } = await check(client, migrations)
    if (unknown.length > 0)
      log.warn({ unknown }, 'The database is newer than this code: it has migrations unknown here')
    await further?.(client, queueSchema(target.schema))
  } finally {
    clearInterval(progress)
    await closeClient(client)
  }
}

async function check(client: pg.Client, migrations: Migration[]): Promise<MigrationState> {
  const state = compareMigrations(migrations, await readRows(client))
  for (const name of state.failed) {
    throw new StartError(
      `Migration ${name} failed at an earlier start; the reason stands in _prisma_migrations.logs. Remove ` +
        'the cause, then allow another try: UPDATE _prisma_migrations SET rolled_back_at = now() WHERE ' +
        `migration_name = '${name}' AND finished_at IS NULL`,
    )
  }
  for (const name of state.edited) {
    throw new StartError(
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

/** A user who may not create schemas may use one that is there. */
async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema])
  if (rows.length === 0) await client.query(`create schema "${schema}"`)
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
    if (!(error instanceof pg.DatabaseError) || error.code !== '55P03') throw error
    throw new StartError(`Another process has held the lock for migrations for ${lockMsMax} ms`, error)
  }
}

/** As Prisma makes it. */
const recordsSql = `
create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`

const recordSql = `
insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count, logs)
values ($1, $2, $3, clock_timestamp(), case when $4::text is null then clock_timestamp() end,
        case when $4::text is null then 1 else 0 end, $4)`

/** A refusal of Postgres is recorded too, for the operator to see; a connection that broke leaves nothing. */
async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const record = (logs: string | null): Promise<unknown> =>
    client.query(recordSql, [randomUUID(), checksumOf(migration.sql), migration.name, logs])
  await client.query(recordsSql)
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await record(null)
    await client.query('commit')
  } catch (error) {
    if (!isRefusal(error)) throw error
    await client.query('rollback')
    await record(error.message)
    throw new StartError(`Migration ${migration.name} failed: ${error.message}`, error)
  }
}

/** The migration itself is at fault: its syntax, names or data, and neither the state of the server nor our rights. */
function isRefusal(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError) || error.code === '42501') return false
  return /^(2[1-35]|2F|42|P0|0A)/.test(error.code ?? '')
}
