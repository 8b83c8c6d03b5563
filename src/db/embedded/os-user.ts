import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { access, chown, constants, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Starts PostgreSQL's programs as an operating system user that PostgreSQL accepts: it refuses root. */
export interface OsUser {
  /** In a session of its own, so that Ctrl-C in a terminal reaches the service and not its Postgres. */
  spawn(binary: string, args: string[]): ChildProcess
  /** Gives a file or folder, and all below it, to that user. */
  own(path: string): Promise<void>
}

interface Ids {
  uid: number
  gid: number
}

interface Command {
  file: string
  args: string[]
  ids: Partial<Ids>
}

// PostgreSQL's programs get no environment of ours: it holds secrets.
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
const userNames = ['postgres', 'nobody'] as const
const setprivPaths = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/sbin/setpriv'] as const

/**
 * Either is enough to pass folders that are closed to others; the first cannot write. Bits of
 * linux/capability.h.
 */
const capabilities = [
  { name: 'dac_read_search', bit: 2n },
  { name: 'dac_override', bit: 1n },
] as const

/**
 * The user for a cluster folder: ourselves, unless we are root. Root becomes the owner of the existing data,
 * or else the account `postgres`, or else `nobody`. Where that user cannot reach the programs or the folder
 * (a clone in /root or in a mktemp folder, both closed to others), the program keeps one of root's
 * capabilities for it.
 *
 * @throws Error that says what to do, when no way is open.
 */
export async function chooseOsUser(target: { binary: string; directory: string }): Promise<OsUser> {
  if (process.getuid?.() !== 0) return ourselves
  const ids = await idsFor(target.directory)
  const own = (path: string): Promise<void> => chownAll(path, ids)
  const plain = (file: string, args: string[]): Command => ({ file, args, ids })
  if (await reaches(plain, target)) return userOf(plain, own)
  return userOf(await withCapability(ids, target), own)
}

const ourselves: OsUser = userOf(
  (file, args) => ({ file, args, ids: {} }),
  async () => undefined,
)

type Wrap = (file: string, args: string[]) => Command

function userOf(wrap: Wrap, own: OsUser['own']): OsUser {
  return {
    own,
    spawn(binary, args) {
      const command = wrap(binary, args)
      return spawn(command.file, command.args, {
        ...command.ids,
        cwd: '/',
        env: environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    },
  }
}

async function idsFor(directory: string): Promise<Ids> {
  const existing = await stat(directory).catch(() => null)
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of userNames) {
    const account = accounts.find((fields) => fields[0] === name)
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  throw new Error(
    'Postgres refuses to run as root and this system has neither a user "postgres" nor "nobody". ' +
      'Run Hermod as an ordinary user, or set DATABASE_URL.',
  )
}

async function withCapability(ids: Ids, target: { binary: string; directory: string }): Promise<Wrap> {
  const capability = await heldCapability()
  const setpriv = await firstExecutable(setprivPaths)
  if (capability === null || setpriv === null) throw unreachable(ids, target)
  const flags = [
    `--reuid=${ids.uid}`,
    `--regid=${ids.gid}`,
    '--clear-groups',
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=-all,+${capability}`,
    // access(2), by which Postgres looks at its programs, drops the capability of a user other than root
    // without it.
    '--securebits=+no_setuid_fixup',
  ]
  const wrap: Wrap = (file, args) => ({ file: setpriv, args: [...flags, file, ...args], ids: {} })
  if (!(await reaches(wrap, target))) throw unreachable(ids, target)
  return wrap
}

function unreachable(ids: Ids, { binary, directory }: { binary: string; directory: string }): Error {
  return new Error(
    `Postgres refuses to run as root, and the user with id ${ids.uid} that it would run as cannot reach ` +
      `${binary} or ${dirname(directory)}: a folder on the way is closed to others. Move Hermod to a ` +
      'folder that others may enter, or run it as an ordinary user, or set DATABASE_URL. (With setpriv of ' +
      'util-linux and the capabilities DAC_OVERRIDE and SETPCAP it would work here too.)',
  )
}

/**
 * Asks the system itself, by trying, rather than reading modes, which would miss ACLs and security modules.
 */
async function reaches(
  wrap: Wrap,
  { binary, directory }: { binary: string; directory: string },
): Promise<boolean> {
  const words = ['-c', 'test -x "$1" && test -r "$1" && cd "$2"', 'sh', binary, dirname(directory)]
  const { file, args, ids } = wrap('/bin/sh', words)
  return run(file, args, { ...ids, cwd: '/', env: environment }).then(
    () => true,
    () => false,
  )
}

async function heldCapability(): Promise<string | null> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const held = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  return capabilities.find(({ bit }) => (held & (1n << bit)) !== 0n)?.name ?? null
}

async function firstExecutable(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return null
}

async function chownAll(path: string, { uid, gid }: Ids): Promise<void> {
  const entries = await readdir(path, { recursive: true }).catch(() => [])
  for (const name of ['.', ...entries]) await chown(join(path, name), uid, gid)
}
