// Writes a new migration: the difference between prisma/migrations and prisma/schema.prisma.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { startEmbeddedPostgres } from '../src/db/embedded/index.ts'
import { migrationsFolder, readMigrations, schemaPath } from '../src/db/migrate/migrations.ts'
import { findSchemaDrift } from '../src/db/migrate/schema-drift.ts'

const usage = `Usage: npm run db:migration -- <name> [--server <url>]

  <name>          what the migration does: small letters, digits and _ (add_webhook_filters)
  --server <url>  a Postgres on which a throw-away database may be made;
                  without it an embedded one is started in a temporary folder
`

const input = readArguments()
if (input === null) {
  process.stderr.write(usage)
  process.exitCode = 2
} else {
  const sql = await withServer(input.server, async (serverUrl) =>
    findSchemaDrift({
      serverUrl,
      migrations: await readMigrations(migrationsFolder),
      schema: await readFile(schemaPath, 'utf8'),
    }),
  )
  if (sql === null) console.log('No changes: the migrations and prisma/schema.prisma agree.')
  else console.log(`Wrote ${relative(process.cwd(), await writeMigration(input.name, sql))}`)
}

function readArguments(): { name: string; server: string | null } | null {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { server: { type: 'string' } },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0 || !/^[a-z][a-z0-9_]{0,79}$/.test(name)) return null
    return { name, server: values.server ?? null }
  } catch {
    return null
  }
}

async function withServer<T>(server: string | null, work: (url: string) => Promise<T>): Promise<T> {
  if (server !== null) return await work(server)
  const dataDir = await mkdtemp(join(tmpdir(), 'hermod-migration-'))
  try {
    const embedded = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'warn' }) })
    try {
      return await work(embedded.url)
    } finally {
      await embedded.stop()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function writeMigration(name: string, sql: string): Promise<string> {
  const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const folder = join(migrationsFolder, `${time}_${name}`)
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'migration.sql')
  await writeFile(path, sql, { flag: 'wx' })
  return path
}
