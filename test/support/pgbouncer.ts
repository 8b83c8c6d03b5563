import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../src/db/embedded/port.ts'
import { serverUser } from './foreign-postgres.ts'
import { until } from './service.ts'

/** A PgBouncer before a Postgres of this machine that trusts everybody. */
export interface PgBouncer {
  port: number
  stop(): Promise<void>
}

export async function startPgBouncer(
  postgresPort: number,
  mode: 'session' | 'transaction',
  connectQuery = '',
): Promise<PgBouncer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hermod-pgbouncer-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const file = path.join(folder, 'pgbouncer.ini')
  const query = connectQuery === '' ? '' : ` connect_query='${connectQuery.replaceAll("'", "''")}'`
  await writeFile(
    file,
    `[databases]
* = host=127.0.0.1 port=${postgresPort} user=superuser${query}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 20
`,
  )
  const user = await serverUser()
  if (user.uid !== undefined) await chown(file, user.uid, user.gid)
  const child = spawn('pgbouncer', [file], { ...user, cwd: '/', stdio: 'ignore' })
  const closed = once(child, 'close')
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1')
        socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
        socket.on('connect', () => socket.destroy())
      }),
    (answers) => answers,
    'a PgBouncer',
  )
  return {
    port,
    async stop() {
      child.kill('SIGINT')
      child.kill('SIGTERM')
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}
