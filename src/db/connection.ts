import pg from 'pg'
import { within } from '../kit/concurrency/within.ts'

// The one place that says how a connection to Postgres is opened and what every connection states.

/** Where Postgres is, and what may be expected of the way there. */
export interface Target {
  url: string
  /** The way past a pooler, for what needs a session of its own; the same as `url` where there is none. */
  directUrl: string
  /** Holds all tables; those of the queue are in one beside it. */
  schema: string
  /** False behind a pooler in transaction mode, where nothing that one statement sets holds for the next. */
  keepsSessions: boolean
}

/** A Postgres that is reached directly. */
export function directTarget(url: string, schema = 'public'): Target {
  return { url, directUrl: url, schema, keepsSessions: true }
}

/** The schema of the queue's tables. */
export function queueSchema(schema: string): string {
  return schema === 'public' ? 'hermod_queue' : `${schema}_queue`
}

/**
 * The settings that our statements and the reading of their answers rely on. A server, a database or a role may have other defaults.
 */
export const reliedOn = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  default_transaction_isolation: 'read committed',
} as const

/** Further settings that are stated, so that no other default is met. */
const alsoStated = (statementMs: number): Record<string, string> => ({
  TimeZone: 'UTC',
  statement_timeout: String(statementMs),
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '60000',
})

/** The settings of a connection, as one text. `statementMs`: 0 for no limit. */
export function settings(schema: string, more: { statementMs: number; further?: string }): string {
  const pairs = Object.entries({ ...reliedOn, ...alsoStated(more.statementMs) })
  return [
    `set search_path to "${schema}"`,
    ...pairs.map(([name, value]) => `set ${name} to '${value}'`),
    ...(more.further === undefined ? [] : [more.further]),
  ].join('; ')
}

const connectMsMax = 5_000

/** Nothing goes as a startup parameter but the name: poolers refuse the others. */
function configOf(connectionString: string, name: string, answerMsMax?: number): pg.ClientConfig {
  return {
    connectionString,
    connectionTimeoutMillis: connectMsMax,
    // A Postgres that hangs does not enforce its own limit, so the client has one of its own.
    ...(answerMsMax !== undefined && { query_timeout: answerMsMax }),
    keepAlive: true,
    // Statements of a transaction that do not depend on each other's answers share a round trip.
    pipeline: true,
    application_name: name,
  }
}

/** A pool whose connections state `sets` before they are used, unless a pooler would forget it. */
export function createPool(
  target: Target,
  { max, name, sets }: { max: number; name: string; sets: string },
): pg.Pool {
  const pool = new pg.Pool({
    ...configOf(target.url, name, 10_000),
    max,
    idleTimeoutMillis: 60_000,
    ...(target.keepsSessions && {
      verify: (client, done) => {
        client.query(sets, (error) => done(error))
      },
    }),
  })
  // A connection that breaks fails the statement that uses it, or is replaced: without a listener for all of its life
  // it could end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', () => undefined)
  return pool
}

/**
 * One connection that states `sets`. It has a listener from the beginning: its trouble fails the statement under way, and
 * shows as `end`.
 */
export async function openClient(
  url: string,
  { name, sets, answerMsMax }: { name: string; sets: string; answerMsMax?: number },
): Promise<pg.Client> {
  const client = new pg.Client(configOf(url, name, answerMsMax))
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(sets)
    return client
  } catch (error) {
    await closeClient(client)
    throw error
  }
}

const closeMsMax = 1_000

/** Closes in good order, or hangs up on a server that does not answer. */
export async function closeClient(client: pg.Client): Promise<void> {
  await within(
    closeMsMax,
    client.end().catch(() => undefined),
    undefined,
  )
  client.connection.stream.destroy()
}
