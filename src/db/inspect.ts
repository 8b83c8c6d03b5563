import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { StartError } from '../kit/start-error.ts'
import { closeClient, openClient, reliedOn, type Target } from './connection.ts'

interface Where {
  url: string
  directUrl: string | null
  schema: string
  queueInPostgres: boolean
}

const versionMin = 13

/**
 * Finds out what Postgres and the way to it can do. Throws `StartError` when something that is relied on is missing, and
 * what Postgres or the system said when there is no connection.
 */
export async function inspect({ url, directUrl, schema, queueInPostgres }: Where): Promise<Target> {
  const client = await openClient(url, { name: 'hermod-start', sets: '' })
  try {
    await checkServer(client)
    const pooling = (await isDirect(url)) ? 'none' : await poolingOf(client, url)
    if (pooling !== 'transaction') return { url, directUrl: directUrl ?? url, schema, keepsSessions: true }
    await checkTransactionPooling({ client, schema, directUrl, queueInPostgres })
    return { url, directUrl: directUrl ?? url, schema, keepsSessions: false }
  } finally {
    await closeClient(client)
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    `select current_setting('server_version') as version,
            (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()) as encoding`,
  )
  const { version = '', encoding = '' } = rows[0] ?? {}
  if (Number.parseInt(version, 10) < versionMin) {
    throw new StartError(
      `This is Postgres ${version}, and Hermod needs ${versionMin} or later: upgrade the server.`,
    )
  }
  if (encoding !== 'UTF8') {
    throw new StartError(
      `The database is encoded in ${encoding}, which cannot hold every message. Make one that can, and name it in ` +
        `DATABASE_URL: CREATE DATABASE hermod ENCODING 'UTF8' TEMPLATE template0;`,
    )
  }
}

/** Postgres itself takes any setting of a made-up class along with the connection; poolers refuse it or drop it. */
async function isDirect(url: string): Promise<boolean> {
  const mark = randomUUID()
  const marked = new URL(url)
  const options = marked.searchParams.get('options')
  marked.searchParams.set('options', `${options === null ? '' : `${options} `}-c hermod.mark=${mark}`)
  try {
    const client = await openClient(marked.href, { name: 'hermod-start', sets: '' })
    try {
      const { rows } = await client.query<{ found: string | null }>(
        `select current_setting('hermod.mark', true) as found`,
      )
      return rows[0]?.found === mark
    } finally {
      await closeClient(client)
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError && /startup parameter/.test(error.message)) return false
    throw error
  }
}

const rounds = 3

/**
 * Whether a pooler gives a client the same session for as long as it is connected, or one for each transaction: then
 * another client gets hold of it meanwhile.
 */
async function poolingOf(client: pg.Client, url: string): Promise<'session' | 'transaction'> {
  const other = await openClient(url, { name: 'hermod-start', sets: '' })
  try {
    for (let round = 0; round < rounds; round += 1) {
      const before = await sessionOf(client)
      await other.query('begin')
      const held = await sessionOf(other)
      const now = await sessionOf(client)
      await other.query('rollback')
      if (held === before || now !== before) return 'transaction'
    }
    return 'session'
  } finally {
    await closeClient(other)
  }
}

async function sessionOf(client: pg.Client): Promise<number | undefined> {
  return (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
}

/** Nothing can be stated for each connection there, so it has to be right already. */
async function checkTransactionPooling(input: {
  client: pg.Client
  schema: string
  directUrl: string | null
  queueInPostgres: boolean
}): Promise<void> {
  const { client, schema, directUrl, queueInPostgres } = input
  const found = 'DATABASE_URL leads through a pooler in transaction mode'
  if (queueInPostgres) {
    throw new StartError(
      `${found}, and the queue in Postgres needs connections that keep their sessions. Set REDIS_URL, name Postgres ` +
        'itself in DATABASE_URL, or set pool_mode=session.',
    )
  }
  if (directUrl === null) {
    throw new StartError(
      `${found}. Migrations and notifications need two connections of their own: set DATABASE_DIRECT_URL to the ` +
        'address of Postgres itself.',
    )
  }
  const wrong: string[] = []
  for (const [name, value] of Object.entries({ ...reliedOn, search_path: schema })) {
    const { rows } = await client.query<{ is: string; schema: string | null }>(
      'select current_setting($1) as is, current_schema() as schema',
      [name],
    )
    const right = name === 'search_path' ? rows[0]?.schema === schema : rows[0]?.is.startsWith(value)
    // A schema that is not there yet cannot be the current one.
    const isMissing = name === 'search_path' && rows[0]?.schema === null
    if (right !== true && !isMissing) wrong.push(`${name}=${value}`)
  }
  if (wrong.length === 0) return
  throw new StartError(
    `${found}, where Hermod cannot state these settings for itself: ${wrong.join('; ')}. Set them for its user, ` +
      `such as: ALTER ROLE hermod SET ${wrong[0]?.replace('=', " = '")}'; and reconnect the pooler.`,
  )
}
