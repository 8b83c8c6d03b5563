import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'

/**
 * The catalogue's one-byte "char", which Prisma's adapter does not know, and text, which is written the same.
 */
const charOid = 18
const textOid = 25
/** Ends the name of a column that was a "char" on the wire; no identifier can hold it. */
const charMark = '\0char'

/** The databases of one engine. */
export interface EngineUrls {
  main: string
  /**
   * Where `diff` tries migrations out: an empty database that may be spoilt. Null where nothing is compared.
   */
  shadow: string | null
}

export interface EngineDatabases {
  factory: SqlMigrationAwareDriverAdapterFactory
  /** Ends every connection that the engine opened. */
  close(): Promise<void>
}

/**
 * The schema engine's way to its databases: Prisma's own adapter, with three gaps of it closed. It refuses
 * the type "char", with which the engine reads the catalogue; it cuts scripts at every semicolon, also within
 * functions and strings, and so outside of one transaction; and its shadow database follows a connection
 * string back to the real one.
 */
export function engineDatabases({ main, shadow }: EngineUrls): EngineDatabases {
  const pools: pg.Pool[] = []
  const open = (connectionString: string): Promise<SqlDriverAdapter> => {
    // One connection, so that the engine's session settings and locks hold for every statement.
    const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 10_000 })
    // A connection that breaks fails the statement that uses it; without a listener it would end the program
    // too.
    pool.on('error', () => undefined)
    pools.push(pool)
    return adapterOf(pool)
  }
  return {
    factory: {
      provider: 'postgres',
      adapterName: '@prisma/adapter-pg',
      connect: () => open(main),
      connectToShadowDb: async () => {
        if (shadow === null) throw new Error('The schema engine was given no shadow database')
        return await open(shadow)
      },
    },
    async close() {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()))
    },
  }
}

async function adapterOf(pool: pg.Pool): Promise<SqlDriverAdapter> {
  pool.on('connect', ({ connection }) => connection.prependListener('rowDescription', markChars))
  const adapter = await new PrismaPg(pool).connect()
  const queryRaw = adapter.queryRaw.bind(adapter)
  return Object.assign(adapter, {
    queryRaw: async (query: SqlQuery) => withChars(await queryRaw(query)),
    // One simple query is one transaction, unless the script says otherwise: as prisma migrate does it.
    executeScript: async (script: string) => {
      await pool.query(script).catch((error: unknown) => {
        throw explained(error)
      })
    },
  })
}

function markChars(message: { fields: { name: string; dataTypeID: number }[] }): void {
  for (const field of message.fields) {
    if (field.dataTypeID !== charOid) continue
    field.dataTypeID = textOid
    field.name += charMark
  }
}

function withChars(result: SqlResultSet): SqlResultSet {
  const isChar = result.columnNames.map((name) => name.endsWith(charMark))
  return {
    ...result,
    columnNames: result.columnNames.map((name) => name.replace(charMark, '')),
    columnTypes: result.columnTypes.map((type, index) =>
      isChar[index] === true ? ColumnTypeEnum.Character : type,
    ),
  }
}

/** The engine writes the error that it gets here into the migration's row and into its own error. */
function explained(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const { code = 'XX000', severity = 'ERROR', message, detail, hint, column } = error
  return new DriverAdapterError({
    kind: 'postgres',
    originalCode: code,
    originalMessage: message,
    code,
    severity,
    message,
    detail,
    hint,
    column,
  })
}
