import pg from 'pg'

/** A connection of the test's own to the service's database, for what no request can do or show. */
export interface Sql {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  end(): Promise<void>
}

/** Connects to a database. */
export async function connectSql(databaseUrl: string): Promise<Sql> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return {
    query: async (text, values) => (await client.query(text, values)).rows,
    end: () => client.end(),
  }
}
