import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pg from 'pg'
import pino from 'pino'
import { expect, inject, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { directTarget } from '../../../src/db/connection.ts'
import { migrate } from '../../../src/db/migrate/migrate.ts'
import {
  migrationsFolder,
  readMigrations,
  schemaPath,
  type Migration,
} from '../../../src/db/migrate/migrations.ts'
import { findSchemaDrift } from '../../../src/db/migrate/schema-drift.ts'
import { createEmptyDatabase, createTestDatabase } from '../../support/postgres.ts'

const init = { name: '20260101000000_init', sql: 'CREATE TABLE "a" ("id" INTEGER PRIMARY KEY);\n' }
const more = { name: '20260102000000_more', sql: 'ALTER TABLE "a" ADD COLUMN "b" TEXT;\n' }

test('an empty database gets every migration, in order, once', async () => {
  const database = await emptyDatabase()
  const folder = await makeFolder([more, init])
  expect(await migrated(database, folder)).toContainEqual({
    msg: 'Migrations applied',
    applied: [init.name, more.name],
  })
  expect(await migrated(database, folder)).toEqual([])
  expect(await columns(database, 'a')).toEqual(['id', 'b'])
})

test('records what Prisma records: its table, and the SHA-256 of the file', async () => {
  const database = await emptyDatabase()
  await migrated(database, await makeFolder([init]))
  expect(
    await run(
      database,
      `select migration_name, checksum, finished_at is not null as finished, applied_steps_count, logs,
              rolled_back_at
         from _prisma_migrations`,
    ),
  ).toEqual([
    {
      migration_name: init.name,
      checksum: createHash('sha256').update(init.sql).digest('hex'),
      finished: true,
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
    },
  ])
})

test('only what is new is applied to a database that has some already', async () => {
  const database = await emptyDatabase()
  await migrated(database, await makeFolder([init]))
  await run(database, 'insert into a values (1)')
  expect(await migrated(database, await makeFolder([init, more]))).toContainEqual({
    msg: 'Migrations applied',
    applied: [more.name],
  })
  expect(await run(database, 'select * from a')).toEqual([{ id: 1, b: null }])
})

test('processes that start together take turns, and one of them applies', async () => {
  const database = await emptyDatabase()
  const folder = await makeFolder([init, more])
  const logs = await Promise.all([1, 2, 3].map(() => migrated(database, folder)))
  expect(logs.flat().filter(({ msg }) => msg === 'Migrations applied')).toHaveLength(1)
  expect(await run(database, 'select count(*)::int as rows from _prisma_migrations')).toEqual([{ rows: 2 }])
})

test('a migration that was edited after it was applied is refused by name', async () => {
  const database = await emptyDatabase()
  await migrated(database, await makeFolder([init]))
  const edited = await makeFolder([{ ...init, sql: `${init.sql}-- a thought that came later\n` }, more])
  await expect(migrated(database, edited)).rejects.toThrow(`Migration ${init.name} was edited`)
  expect(await columns(database, 'a')).toEqual(['id'])
})

test('the line ends of a Windows checkout are no edit', async () => {
  const database = await emptyDatabase()
  await migrated(database, await makeFolder([init]))
  const windows = await makeFolder([{ ...init, sql: init.sql.replaceAll('\n', '\r\n') }, more])
  expect(await migrated(database, windows)).toContainEqual({
    msg: 'Migrations applied',
    applied: [more.name],
  })
})

test('a failing migration leaves nothing behind, is named, and stops later starts', async () => {
  const database = await emptyDatabase()
  const bad = {
    name: '20260103000000_bad',
    sql: 'CREATE TABLE "half" ("id" INTEGER);\nSELECT missing_function();\n',
  }
  const folder = await makeFolder([init, bad])
  await expect(migrated(database, folder)).rejects.toThrow(
    new RegExp(`Migration ${bad.name} failed: .*missing_function\\(\\) does not exist`, 's'),
  )
  expect(await columns(database, 'half')).toEqual([])
  await expect(migrated(database, folder)).rejects.toThrow(`Migration ${bad.name} failed at an earlier start`)

  await run(database, `update _prisma_migrations set rolled_back_at = now() where finished_at is null`)
  const mended = await makeFolder([init, { ...bad, sql: 'CREATE TABLE "half" ("id" INTEGER);\n' }])
  await migrated(database, mended)
  expect(await columns(database, 'half')).toEqual(['id'])
})

test('semicolons within functions, strings and comments do not cut a statement', async () => {
  const database = await emptyDatabase()
  const sql = `-- one; two
CREATE FUNCTION "twice"(n INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END; $$;
CREATE TABLE "a" ("b" TEXT DEFAULT 'x;y');
`
  await migrated(database, await makeFolder([{ ...init, sql }]))
  expect(await run(database, 'select twice(21) as answer')).toEqual([{ answer: 42 }])
})

test('a database that is newer than the code is used as it is, with a warning', async () => {
  const database = await emptyDatabase()
  await migrated(database, await makeFolder([init, more]))
  expect(await migrated(database, await makeFolder([init]))).toEqual([
    { msg: 'The database is newer than this code: it has migrations unknown here', unknown: [more.name] },
  ])
})

test('the migrations and prisma/schema.prisma say the same', async () => {
  const drift = await findSchemaDrift({
    serverUrl: inject('postgresUrl'),
    migrations: await readMigrations(migrationsFolder),
    schema: await readFile(schemaPath, 'utf8'),
  })
  expect(drift, 'write the missing migration with: npm run db:migration -- <name>').toBeNull()
})

test('a field that no migration makes is found', async () => {
  const schema = await readFile(schemaPath, 'utf8')
  const drift = await findSchemaDrift({
    serverUrl: inject('postgresUrl'),
    migrations: await readMigrations(migrationsFolder),
    schema: `${schema}\nmodel Forgotten {\n  id String @id\n}\n`,
  })
  expect(drift).toContain('CREATE TABLE "Forgotten"')
})

test('a test database has the whole schema, and nothing of another test', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])
  onTestFinished(async () => {
    await Promise.all([one.drop(), two.drop()])
  })
  expect(await columns(one.url, 'messages')).toContain('wake_at')
  await run(one.url, 'create table only_here (id int)')
  expect(await columns(two.url, 'only_here')).toEqual([])
})

async function emptyDatabase(): Promise<string> {
  const database = await createEmptyDatabase()
  onTestFinished(() => database.drop())
  return database.url
}

async function makeFolder(migrations: Migration[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hermod-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n')
  for (const { name, sql } of migrations) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }
  return folder
}

const lineSchema = z.object({
  msg: z.string(),
  applied: z.array(z.string()).optional(),
  unknown: z.array(z.string()).optional(),
})

/** Migrates and returns what was logged. */
async function migrated(connectionString: string, folder: string): Promise<z.infer<typeof lineSchema>[]> {
  const lines: z.infer<typeof lineSchema>[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(lineSchema.parse(JSON.parse(String(chunk))))
      done()
    },
  })
  await migrate({ target: directTarget(connectionString), log: pino(sink), folder })
  return lines
}

async function columns(url: string, table: string): Promise<string[]> {
  const rows = await run(
    url,
    `select column_name as name from information_schema.columns
      where table_name = '${table}' order by ordinal_position`,
  )
  return rows.map((row) => String(row['name']))
}

async function run(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
