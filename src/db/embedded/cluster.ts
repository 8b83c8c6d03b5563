import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Log } from '../../kit/log.ts'
import type { Binaries } from './binaries.ts'
import type { OsUser } from './os-user.ts'
import { freePort } from './port.ts'
import { initdbArguments } from './settings.ts'

/** The superuser of the cluster and the database in it. */
export const clusterUser = 'hermod'
export const clusterDatabase = 'hermod'

const accessSchema = z.object({ password: z.string(), port: z.number() })

/** How to reach a cluster; kept inside its folder, so that neither exists without the other. */
export type ClusterAccess = z.infer<typeof accessSchema>

const accessPath = (directory: string): string => join(directory, 'hermod.json')

/** Reads the access of a cluster; null while there is no cluster. */
export async function readAccess(directory: string): Promise<ClusterAccess | null> {
  try {
    return accessSchema.parse(JSON.parse(await readFile(accessPath(directory), 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Error(
      `${accessPath(directory)} cannot be read, and it holds the password of the embedded Postgres.`,
      {
        cause: error,
      },
    )
  }
}

/** Writes the access of a cluster into its folder. */
export async function writeAccess(directory: string, access: ClusterAccess, user: OsUser): Promise<void> {
  const draft = `${accessPath(directory)}.draft`
  await writeFile(draft, JSON.stringify(access), { mode: 0o600, flush: true })
  await user.own(draft)
  await rename(draft, accessPath(directory))
}

/**
 * The cluster in `directory`, made when there is none. It is made beside its place and renamed, so that a
 * start killed half-way leaves no half cluster. Only the owner of the data folder may call this.
 *
 * @throws Error when the folder holds something else, or PostgreSQL's initdb fails.
 */
export async function ensureCluster(input: {
  directory: string
  binaries: Binaries
  user: OsUser
  log: Log
}): Promise<ClusterAccess> {
  const { directory, user } = input
  const access = await readAccess(directory)
  if (access !== null) {
    // Data restored or copied by root belongs to root, and Postgres insists on its own.
    if ((await stat(directory)).uid === 0) await user.own(directory)
    return access
  }
  if ((await readdir(directory).catch(() => [])).length > 0) {
    throw new Error(
      `${directory} is not empty and is no embedded Postgres of Hermod. Move it, or set DATABASE_URL.`,
    )
  }
  return await makeCluster(input)
}

async function makeCluster(input: Parameters<typeof ensureCluster>[0]): Promise<ClusterAccess> {
  const { directory, binaries, user, log } = input
  log.info({ directory }, 'Making the embedded Postgres cluster')
  await removeHalfMade(directory)
  const scratch = `${halfMadePrefix(directory)}${randomUUID()}`
  const cluster = join(scratch, 'cluster')
  const passwordFile = join(scratch, 'password')
  const access = { password: randomBytes(24).toString('base64url'), port: await freePort() }
  try {
    await mkdir(cluster, { recursive: true, mode: 0o700 })
    await writeFile(passwordFile, access.password, { mode: 0o600 })
    await user.own(scratch)
    await runInitdb(user, binaries.initdb, initdbArguments(cluster, passwordFile, clusterUser))
    await writeAccess(cluster, access, user)
    await rename(cluster, directory)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return access
}

const halfMadePrefix = (directory: string): string => `${directory}.init-`

/**
 * An initdb may outlive the service that started it by a moment, hence the retries and the names that never
 * repeat.
 */
async function removeHalfMade(directory: string): Promise<void> {
  const parent = dirname(directory)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(basename(halfMadePrefix(directory)))) continue
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

async function runInitdb(user: OsUser, initdb: string, args: string[]): Promise<void> {
  const child = user.spawn(initdb, args)
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? String(code)))
  })
  const [reason, , errors] = await Promise.all([
    ended,
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
  ])
  if (/could not look up effective user/.test(errors)) {
    throw new Error(
      'The embedded Postgres must run as a user that this system knows, and the id of this one is in no /etc/passwd: ' +
        'run Hermod as a user that is, or set DATABASE_URL.',
    )
  }
  if (reason !== '0')
    throw new Error(`initdb of the embedded Postgres ended with ${reason}: ${errors.trim()}`)
}
