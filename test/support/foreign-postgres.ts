import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../../src/db/embedded/port.ts'
import { until } from './service.ts'

const run = promisify(execFile)

/** A PostgreSQL of the system, as an operator has one: to be stopped, killed, and set up strangely. */
export interface ForeignPostgres {
  port: number
  url(parts?: { user?: string; password?: string; database?: string; port?: number; query?: string }): string
  /** Runs a statement as the superuser. */
  sql<Row extends pg.QueryResultRow>(text: string, database?: string): Promise<Row[]>
  start(): Promise<void>
  /** Ends it at once, as a crash would. */
  crash(): Promise<void>
  remove(): Promise<void>
}

const home = '/usr/lib/postgresql'

/** The folder of the programs of the newest PostgreSQL of the system; null where there is none, which is said. */
export async function foreignPostgresPrograms(): Promise<string | null> {
  const versions = await readdir(home).catch(() => [])
  const newest = versions.toSorted((one, other) => Number(other) - Number(one))[0]
  if (newest !== undefined) return path.join(home, newest, 'bin')
  console.warn('\n*** NO POSTGRESQL OF THE SYSTEM: ITS TESTS ARE SKIPPED. Install postgresql. ***\n')
  return null
}

/** Whether a program is there; says so where it is not. */
export async function hasProgram(name: string, option = '--version'): Promise<boolean> {
  return run(name, [option]).then(
    () => true,
    () => {
      console.warn(`\n*** NO ${name}: ITS TESTS ARE SKIPPED. Install ${name}. ***\n`)
      return false
    },
  )
}

/** Servers refuse to run as root. */
export async function serverUser(): Promise<{ uid: number; gid: number } | Record<string, never>> {
  if (process.getuid?.() !== 0) return {}
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const [, , uid, gid] = accounts.find(([name]) => name === 'postgres') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

/** Makes a cluster and starts it. `superuser` has no password on this machine. */
export async function startForeignPostgres(
  programs: string,
  options: { encoding?: string; settings?: string[] } = {},
): Promise<ForeignPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hermod-foreign-'))
  const user = await serverUser()
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid)
  const data = path.join(folder, 'data')
  const port = await freePort()
  await run(
    path.join(programs, 'initdb'),
    ['-D', data, '-U', 'superuser', '-A', 'trust', '-N', '--locale=C', '-E', options.encoding ?? 'UTF8'],
    user,
  )
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'max_connections=60',
    ...(options.settings ?? []),
  ]
  await writeFile(path.join(data, 'postgresql.auto.conf'), '')
  if (user.uid !== undefined) await chown(path.join(data, 'postgresql.auto.conf'), user.uid, user.gid)
  let child: ChildProcess | null = null
  const url: ForeignPostgres['url'] = ({
    user: name = 'superuser',
    password,
    database = 'postgres',
    port: at = port,
    query = '',
  } = {}) =>
    `postgresql://${name}${password === undefined ? '' : `:${password}`}@127.0.0.1:${at}/${database}${query}`

  async function sql<Row extends pg.QueryResultRow>(text: string, database = 'postgres'): Promise<Row[]> {
    const client = new pg.Client({ connectionString: url({ database }), connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'close')
  }

  const server: ForeignPostgres = {
    port,
    url,
    sql,
    async start() {
      const args = settings.flatMap((setting) => ['-c', setting])
      child = spawn(path.join(programs, 'postgres'), ['-D', data, '-p', String(port), ...args], {
        ...user,
        cwd: '/',
        stdio: 'ignore',
      })
      await until(
        () =>
          sql('select 1').then(
            () => true,
            () => false,
          ),
        (answers) => answers,
        'a PostgreSQL of the system',
      )
    },
    crash: () => end('SIGQUIT'),
    async remove() {
      await end('SIGQUIT')
      await rm(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
