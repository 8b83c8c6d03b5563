import { randomUUID } from 'node:crypto'
import pg from 'pg'
import pino from 'pino'
import { inject } from 'vitest'
import { directTarget } from '../../src/db/connection.ts'
import { migrate } from '../../src/db/migrate/migrate.ts'
import { migrateQueue } from '../../src/queue/migrate-queue.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's URL of the run's Postgres. */
    postgresUrl: string
  }
}

/** A database that belongs to one test or one test file. */
export interface TestDatabase {
  url: string
  /** Ends whatever is still connected. */
  drop(): Promise<void>
}

const templateName = 'hermod_template'

/** A fresh database with the whole schema: a copy of a migrated one, which takes milliseconds. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(templateName)
}

/** A fresh database with nothing in it. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0')
}

/** Called once for a run, by its global setup. */
export async function makeTemplateDatabase(serverUrl: string): Promise<void> {
  await runOn(serverUrl, `create database ${templateName} template template0`)
  await migrate({
    target: directTarget(databaseUrl(serverUrl, templateName)),
    log: pino({ level: 'warn' }),
    further: migrateQueue,
  })
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await runOn(serverUrl, `create database ${name} template ${template}`)
  return {
    url: databaseUrl(serverUrl, name),
    drop: () => runOn(serverUrl, `drop database if exists ${name} with (force)`),
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
