import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Migration } from './migrations.ts'
import { loadSchemaEngine } from './schema-engine.ts'

/**
 * The SQL that leads from the migrations to the Prisma schema; null when they agree. The migrations are tried
 * out on a database that is made on `serverUrl` for it and dropped again.
 *
 * Prisma's schema cannot say partial and expression indexes, checks and functions, and this comparison passes
 * over them: they live in hand-written migrations. Plain indexes, also with DESC, must stand in the schema.
 *
 * @throws Error with Prisma's text, when the schema is not valid or a migration fails.
 */
export async function findSchemaDrift(input: {
  serverUrl: string
  migrations: Migration[]
  schema: string
}): Promise<string | null> {
  const name = `hermod_shadow_${randomUUID().replaceAll('-', '')}`
  const server = new pg.Client({ connectionString: input.serverUrl, connectionTimeoutMillis: 10_000 })
  await server.connect()
  try {
    // template0, so that nothing that someone put into their template counts as a difference.
    await server.query(`create database ${name} template template0`)
    try {
      const url = new URL(input.serverUrl)
      url.pathname = `/${name}`
      const engine = await loadSchemaEngine({ main: url.href, shadow: url.href })
      try {
        return await engine.diff(input.migrations, input.schema)
      } finally {
        await engine.close()
      }
    } finally {
      await server.query(`drop database if exists ${name} with (force)`)
    }
  } finally {
    await server.end()
  }
}
