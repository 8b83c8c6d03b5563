import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/db/embedded/index.ts'
import { scratchFolder } from '../../support/scratch.ts'

const log = pino({ level: 'silent' })
const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
const patience = { timeout: 20_000, interval: 50 }

test('keeps committed data over a stop, at the same address', async () => {
  const dataDir = await makeDataDir()
  const first = await start(dataDir)
  await run(first.url, 'create table kept (word text)')
  await run(first.url, `insert into kept values ('durable')`)
  await first.stop()

  const second = await start(dataDir)
  expect(second.url).toBe(first.url)
  expect(await run(second.url, 'select word from kept')).toEqual([{ word: 'durable' }])
})

test('is durable, speaks UTF-8, and listens on this machine only, behind a password', async () => {
  const dataDir = await makeDataDir()
  const { url } = await start(dataDir)
  const settings = await run(
    url,
    `select name, setting from pg_settings where name in
       ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories',
        'server_encoding') order by name`,
  )
  expect(settings).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'unix_socket_directories', setting: '' },
  ])
  const stranger = new URL(url)
  stranger.password = 'guess'
  await expect(run(stranger.href, 'select 1')).rejects.toThrow('password authentication failed')
  expect((await stat(join(dataDir, 'postgres', 'hermod.json'))).mode & 0o777).toBe(0o600)
})

test('comes back at the same address with every committed row when Postgres is killed', async () => {
  const dataDir = await makeDataDir()
  const { url } = await start(dataDir)
  await run(url, 'create table kept as select 1 as id')
  for (let deaths = 0; deaths < 2; deaths += 1) {
    const pid = await postmasterPid(dataDir)
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => postmasterPid(dataDir), patience).not.toBe(pid)
    await expect.poll(() => run(url, 'select id from kept').catch(() => null), patience).toEqual([{ id: 1 }])
  }
})

test('adopts the Postgres of a killed service, and brings it back when it dies', async () => {
  const dataDir = await makeDataDir()
  const service = await startService(dataDir)
  await kill(service.child)
  const orphan = await postmasterPid(dataDir)

  const heir = await start(dataDir)
  expect(heir.url).toBe(service.url)
  expect(await postmasterPid(dataDir)).toBe(orphan)

  process.kill(orphan, 'SIGKILL')
  await expect.poll(() => postmasterPid(dataDir), patience).not.toBe(orphan)
  await expect.poll(() => run(heir.url, 'select 1 as one').catch(() => null), patience).toEqual([{ one: 1 }])
})

test('stops an adopted Postgres when the service ends', async () => {
  const dataDir = await makeDataDir()
  const service = await startService(dataDir)
  await kill(service.child)
  const heir = await start(dataDir)
  await heir.stop()
  await expect(run(heir.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a guest leaves the Postgres of a living service alone', async () => {
  const dataDir = await makeDataDir()
  const owner = await startService(dataDir)
  const guest = await start(dataDir)
  expect(guest.url).toBe(owner.url)
  const pid = await postmasterPid(dataDir)
  await guest.stop()
  expect(await run(owner.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await postmasterPid(dataDir)).toBe(pid)
})

test('a guest takes the place of an owner that stopped', async () => {
  const dataDir = await makeDataDir()
  const owner = await startService(dataDir)
  const guest = await start(dataDir)
  const pid = await postmasterPid(dataDir)
  owner.child.send('stop')
  await once(owner.child, 'exit')
  await expect.poll(() => postmasterPid(dataDir).catch(() => pid), patience).not.toBe(pid)
  await expect.poll(() => run(guest.url, 'select 1 as one').catch(() => null), patience).toEqual([{ one: 1 }])
})

test('several services that start together on an empty folder share one Postgres', async () => {
  const dataDir = await makeDataDir()
  const all = await Promise.all([start(dataDir), start(dataDir), start(dataDir)])
  expect(new Set(all.map(({ url }) => url)).size).toBe(1)
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres.owner'])
})

test('a start that was killed within initdb leaves nothing that hinders the next', async () => {
  const dataDir = await makeDataDir()
  const child = forkService(dataDir)
  await expect
    .poll(() => readdir(dataDir), { ...patience, interval: 5 })
    .toContainEqual(expect.stringMatching(/^postgres\.init-/))
  await kill(child)
  expect(await readdir(dataDir)).not.toContain('postgres')

  const { url } = await start(dataDir)
  expect(await run(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres.owner'])
})

test('a stale pid file with the number of another program does not keep Postgres down', async () => {
  const dataDir = await makeDataDir()
  const first = await start(dataDir)
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await first.stop()
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'))

  const second = await start(dataDir)
  expect(await run(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('takes another port when its own is in use, and says so in the URL', async () => {
  const dataDir = await makeDataDir()
  const first = await start(dataDir)
  await first.stop()
  const blocker = await start(await makeDataDir(), Number(new URL(first.url).port))
  expect(new URL(blocker.url).port).toBe(new URL(first.url).port)

  const second = await start(dataDir)
  expect(second.url).not.toBe(first.url)
  expect(await run(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('refuses a folder with the data of something else', async () => {
  const dataDir = await makeDataDir()
  const other = await start(dataDir)
  await other.stop()
  await rm(join(dataDir, 'postgres', 'hermod.json'))
  await expect(start(dataDir)).rejects.toThrow('is no embedded Postgres of Hermod')
})

test.runIf(isLinux)('a Ctrl-C in the terminal of the service does not reach Postgres', async () => {
  const dataDir = await makeDataDir()
  await start(dataDir)
  const pid = await postmasterPid(dataDir)
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')
  expect(fields?.[2]).toBe(String(pid))
})

if (!isRoot) console.warn('*** NOT ROOT: the test of a Postgres started by root is skipped. ***')

test.runIf(isRoot && isLinux)(
  'started by root in a folder closed to others, it runs as another user',
  async () => {
    const dataDir = await makeDataDir()
    await chmod(dataDir, 0o700)
    const { url } = await start(dataDir)
    const status = await readFile(`/proc/${await postmasterPid(dataDir)}/status`, 'utf8')
    expect(status).not.toMatch(/^Uid:.*\b0\b/m)
    await run(url, 'create table works as select 1 as one')
    expect(await run(url, 'select one from works')).toEqual([{ one: 1 }])
  },
)

async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(await scratchFolder(), 'hermod-embedded-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

async function start(dataDir: string, port?: number): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log, ...(port === undefined ? {} : { port }) })
  onTestFinished(() => postgres.stop())
  return postgres
}

function forkService(dataDir: string): ChildProcess {
  const program = fileURLToPath(new URL('../../support/embedded-service.ts', import.meta.url))
  const child = fork(program, [dataDir], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => kill(child))
  return child
}

async function startService(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = forkService(dataDir)
  const [url] = await once(child, 'message')
  // An orphan of a test that fails is adopted, and so stopped.
  onTestFinished(async () => {
    await kill(child)
    const orphan = await postmasterPid(dataDir).catch(() => null)
    if (orphan !== null) await (await startEmbeddedPostgres({ dataDir, log })).stop()
  })
  return { child, url: z.string().parse(url) }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function postmasterPid(dataDir: string): Promise<number> {
  const content = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
  return z.coerce.number().int().positive().parse(content.split('\n')[0])
}

async function run(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
