import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import pino from 'pino'
import { startEmbeddedPostgres } from '../src/db/embedded/index.ts'

/** A Postgres server of the benchmark's own, with the settings of the product's embedded one: fsync on. */
export interface PostgresServer {
  pid: number
  /** A fresh, empty database. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

export async function startPostgres(folder: string): Promise<PostgresServer> {
  const dataDir = await mkdtemp(join(folder, 'postgres-'))
  const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'warn' }) })
  let made = 0
  return {
    pid: await postgresPid(dataDir),
    async createDatabase() {
      made += 1
      const name = `bench_${made}`
      await runSql(server.url, [`create database ${name} template template0`])
      const url = new URL(server.url)
      url.pathname = `/${name}`
      return url.href
    },
    stop: () => server.stop(),
  }
}

/** The postmaster of the embedded Postgres in a data folder. */
export async function postgresPid(dataDir: string): Promise<number> {
  const [pid] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}

/** Where the embedded Postgres of a service is reached. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const card: { password: string; port: number } = JSON.parse(
    await readFile(join(dataDir, 'postgres', 'hermod.json'), 'utf8'),
  )
  return `postgresql://hermod:${card.password}@127.0.0.1:${card.port}/hermod`
}

/** Runs statements one after the other on one connection and returns the rows of the last one. */
export async function runSql(url: string, statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}
