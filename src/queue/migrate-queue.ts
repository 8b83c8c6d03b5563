import { LATEST_SCHEMA_VERSION, runMigrations } from 'bullmq'

/** The part of a connection that is needed. */
interface Session {
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>
}

/**
 * Brings the queue's tables to the version of BullMQ: one transaction, under a lock of BullMQ's own. Costs a query when
 * nothing is to be done.
 */
export async function migrateQueue(session: Session, schema: string): Promise<void> {
  if ((await versionOf(session, schema)) >= LATEST_SCHEMA_VERSION) return
  const { rows } = await session.query('select 1 from pg_namespace where nspname = $1', [schema])
  if (rows.length === 0) await makeSchema(session, schema)
  await runMigrations(
    {
      // Postgres refuses this to a user who may not create schemas, even where the schema is there.
      query: <Row>(text: string, values?: readonly unknown[]) =>
        text.startsWith('CREATE SCHEMA')
          ? Promise.resolve({ rows: [] })
          : session.query<Row>(text, values === undefined ? undefined : [...values]),
    },
    schema,
  )
}

/** 0 where there are no tables yet. */
async function versionOf(session: Session, schema: string): Promise<number> {
  const table = await session.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    `"${schema}".migration`,
  ])
  if (table.rows[0]?.there !== true) return 0
  const { rows } = await session.query<{ version: number | null }>(
    `select max(version)::int as version from "${schema}".migration`,
  )
  return rows[0]?.version ?? 0
}

async function makeSchema(session: Session, schema: string): Promise<void> {
  await session.query(`create schema if not exists "${schema}"`).catch((error: unknown) => {
    // Another process made it at the same moment.
    if (!(error instanceof Error && 'code' in error && error.code === '23505')) throw error
  })
}
