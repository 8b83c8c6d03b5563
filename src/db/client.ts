import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { AppError } from '../domain/app-error.ts'
import { sha256 } from '../kit/crypto/hash.ts'
import { createTurnByKey } from '../kit/concurrency/turn-by-key.ts'
import { wait } from '../kit/concurrency/wait.ts'
import { createPool, settings, type Target } from './connection.ts'
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
  /** `lockedTransaction` for Prisma calls, under one lock. */
  lockedPrisma<T>(lock: string, act: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Runs statements that are committed together, or not at all when `act` throws. After a deadlock `act` runs again, so
   * it must do nothing but statements. Statements that are issued without waiting for one another share a round trip.
   * Throws `AppError('unavailable')` when Postgres cannot be reached.
   */
  transaction<T>(act: (tx: Statements) => Promise<T>): Promise<T>
  /**
   * The same, under locks by name that are held from the beginning to the end, and with what was read under them. `read`
   * must issue its statements at once and may not write: they share the round trip of the beginning, before it is known
   * that there is a transaction. Within this process the locks are waited for without a connection in hand.
   */
  lockedTransaction<Read, T>(
    locks: readonly string[],
    read: (tx: Statements) => Promise<Read>,
    act: (tx: Statements, read: Read) => Promise<T>,
  ): Promise<T>
  /** Throws when Postgres had no room for a write a moment ago, and took none since. */
  assertWritable(): void
  close(): Promise<void>
}

const retriesMax = 5

/**
 * How our statements are planned. Our statements reach a few rows by their keys; the planner, asked while tables are
 * empty, would choose to read whole tables and keep to it.
 */
export const plannerSettings =
  'set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off; set enable_mergejoin = off; ' +
  'set jit = off'

const statementMsMax = 30_000

/** Opens the pool. Connecting happens with the first query; `poolMax` connections at most. */
export function createDb({ target, poolMax }: { target: Target; poolMax: number }): Db {
  const pool = createPool(target, {
    max: poolMax,
    name: 'hermod',
    sets: settings(target.schema, { statementMs: statementMsMax, further: plannerSettings }),
  })
  const assertWritable = watchWrites(pool)
  const turns = createTurnByKey()
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { schema: target.schema }),
    errorFormat: 'minimal',
  })

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

  /** A pooler that gives a connection away after each transaction keeps no prepared statements. */
  const statementOf = (name: string, text: string, values: unknown[]): pg.QueryConfig => ({
    ...(target.keepsSessions && { name }),
    text,
    values,
  })

  const query: Db['query'] = (name, text, values) =>
    persist(async () => (await pool.query(statementOf(name, text, values))).rows)

  async function commit<Read, T>(
    locks: readonly string[],
    read: (tx: Statements) => Promise<Read>,
    act: (tx: Statements, read: Read) => Promise<T>,
  ): Promise<T> {
    const client = await pool.connect()
    let broken = false
    try {
      const tx: Statements = {
        query: async (name, text, values) => (await client.query(statementOf(name, text, values))).rows,
      }
      const [, found] = await Promise.all([client.query(beginWith(locks)), read(tx)])
      const result = await act(tx, found)
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
    transaction: (act) => persist(() => commit([], () => Promise.resolve(), act)),
    lockedTransaction: (locks, read, act) => turns.run(locks, () => persist(() => commit(locks, read, act))),
    lockedPrisma: (lock, act) =>
      turns.run([lock], () =>
        guarded(() =>
          prisma.$transaction(async (tx) => {
            await tx.$executeRaw`select pg_advisory_xact_lock(${lockOf(lock)})`
            return act(tx)
          }),
        ),
      ),
    assertWritable,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/** The advisory lock of a name. */
function lockOf(name: string): bigint {
  return sha256(name).readBigInt64BE()
}

/** One text, so that the locks cost no round trip. One order for all, so that two never wait for each other. */
function beginWith(locks: readonly string[]): string {
  const ordered = [...new Set(locks.map(lockOf))].toSorted((a, b) => (a < b ? -1 : 1))
  return ['begin', ...ordered.map((key) => `select pg_advisory_xact_lock(${key})`)].join('; ')
}

/** After so long without another write a refusal says nothing any more. */
const refusalMs = 30_000

/** Notes, of every statement of a pool, what says whether Postgres has room. Returns the judgement. */
function watchWrites(pool: pg.Pool): () => void {
  let refused: { code: string; atMs: number } | null = null
  pool.on('connect', ({ connection }) => {
    connection.on('errorMessage', ({ code }: { code?: string }) => {
      // Full, or trouble with files: a small write may still succeed.
      if (/^(53100|58)/.test(code ?? '')) refused = { code: code ?? '', atMs: performance.now() }
    })
    connection.on('commandComplete', ({ text }: { text: string }) => {
      if (refused !== null && /^(INSERT|UPDATE) .*[1-9]/.test(text)) refused = null
    })
  })
  return () => {
    if (refused === null || performance.now() - refused.atMs > refusalMs) return
    throw new Error(`Postgres had no room for the last write (${refused.code})`)
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
    // PgBouncer has one code for outages and for what it refuses.
    if (error.code === '08P01' && poolerRefusal.test(error.message)) return false
    // 08 connection, 53 resources, 57 operator intervention, 58 system error, 25006 read-only standby,
    // 55000 not accepting connections
    return /^(08|53|57|58)|^(25006|55000)$/.test(error.code ?? '')
  }
  return error instanceof Error && connectionTrouble.test(`${error.message} ${errorCode(error)}`)
}

const poolerRefusal =
  /unsupported startup|config error|no such (user|database)|does not exist|auth\w{0,20} failed|not allowed/i

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
