import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { AppError } from '../domain/app-error.ts'
import { wait } from '../kit/concurrency/wait.ts'
import { PrismaClient, type Prisma } from './generated/client.ts'

/** Something that runs statements: the database, or one transaction of it. */
export interface Statements {
  /**
   * Runs one statement; with a name it is prepared once a connection (an empty name: not prepared). It commits by itself, so a deadlock or a serialization
   * failure is simply tried again. Throws `AppError('unavailable')` when Postgres cannot be reached.
   */
  query<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]>
}

/** The database: Prisma for the plain, SQL for the hot. */
export interface Db extends Statements {
  prisma: PrismaClient
  /**
   * Runs statements that are committed together, or not at all when `act` throws. After a deadlock `act` runs again, so
   * it must do nothing but statements. Throws `AppError('unavailable')` when Postgres cannot be reached.
   */
  transaction<T>(act: (tx: Statements) => Promise<T>): Promise<T>
  /** Throws `AppError('unavailable')` when Postgres does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

const retriesMax = 5

/**
 * The settings of every connection. Our statements reach a few rows by their keys; the planner, asked while tables are
 * empty, would choose to read whole tables and keep to it.
 */
export const plannerSettings =
  'set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off; set enable_mergejoin = off; ' +
  'set jit = off'

/** Opens the pool. Connecting happens with the first query; `poolMax` connections at most. */
export function createDb(options: { url: string; poolMax: number; onError?: (error: Error) => void }): Db {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 30_000,
    // A Postgres that hangs does not enforce its own limit, so the client has one of its own.
    query_timeout: 10_000,
    keepAlive: true,
    application_name: 'hermod',
    verify: (client, done) => {
      client.query(plannerSettings, (error) => done(error))
    },
  })
  // An idle connection that dies is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => options.onError?.(error))
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })

  async function persist<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await act()
      } catch (error) {
        if (!isTransient(error) || attempt > retriesMax) throw translate(error)
        await wait(Math.random() * 20 * attempt)
      }
    }
  }

  const query: Db['query'] = (name, text, values) =>
    persist(async () => (await pool.query({ name, text, values })).rows)

  async function commit<T>(act: (tx: Statements) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken = false
    try {
      await client.query('begin')
      const result = await act({
        query: async (name, text, values) => (await client.query({ name, text, values })).rows,
      })
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch(() => (broken = true))
      throw error
    } finally {
      client.release(broken)
    }
  }

  return {
    prisma,
    query,
    transaction: (act) => persist(() => commit(act)),
    async ping() {
      await query('ping', 'select 1', [])
    },
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/** Deadlock or serialization failure: nothing was written, and the same statement may succeed now. */
function isTransient(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001')
}

/**
 * True when Postgres could not be reached, was shutting down, or ran out of something, as opposed to having
 * refused what it was asked.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'unavailable'
  if (error instanceof pg.DatabaseError) {
    // 08 connection, 53 resources, 57 operator intervention, 58 system error, 25006 read-only standby,
    // 55000 not accepting connections
    return /^(08|53|57|58)|^(25006|55000)$/.test(error.code ?? '')
  }
  return error instanceof Error && connectionTrouble.test(`${error.message} ${errorCode(error)}`)
}

const connectionTrouble =
  /terminated|timeout|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|not queryable|Client was closed|server closed|P1001|P1002|P1008|P1017|P2024|P2028|P2037/i

function errorCode(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}

function translate(error: unknown): unknown {
  return isUnavailable(error) ? unavailable(error) : error
}

/** The refusal that a caller sees while Postgres is away. */
export function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'The service cannot store anything right now. Try again shortly.', {
    retryAfterSeconds: 2,
    cause,
  })
}

/** A transaction that is open, for stores whose writes must be committed together. */
export type Tx = Prisma.TransactionClient

/** Runs `act` in one transaction: everything that it writes is committed together, or nothing is. */
export function inTransaction<T>(db: Db, act: (tx: Tx) => Promise<T>): Promise<T> {
  return guarded(() => db.prisma.$transaction(act))
}

/** Runs Prisma calls with the same translation of connection trouble as `query`. */
export async function guarded<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw translate(error)
  }
}
