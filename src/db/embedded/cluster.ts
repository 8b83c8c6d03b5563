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

const cardSchema = z.object({ password: z.string(), port: z.number() })

/** How to reach a cluster; kept inside its folder, so that neither exists without the other. */
export type Card = z.infer<typeof cardSchema>

const cardPath = (directory: string): string => join(directory, 'hermod.json')

/** The card of a cluster; null while there is no cluster. */
export async function readCard(directory: string): Promise<Card | null> {
  try {
    return cardSchema.parse(JSON.parse(await readFile(cardPath(directory), 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Error(
      `${cardPath(directory)} cannot be read, and it holds the password of the embedded Postgres.`,
      {
        cause: error,
      },
    )
  }
}

/** Remembers a card. */
export async function writeCard(directory: string, card: Card, user: OsUser): Promise<void> {
  const draft = `${cardPath(directory)}.draft`
  await writeFile(draft, JSON.stringify(card), { mode: 0o600, flush: true })
  await user.own(draft)
  await rename(draft, cardPath(directory))
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
}): Promise<Card> {
  const { directory, user } = input
  const card = await readCard(directory)
  if (card !== null) {
    // Data restored or copied by root belongs to root, and Postgres insists on its own.
    if ((await stat(directory)).uid === 0) await user.own(directory)
    return card
  }
  if ((await readdir(directory).catch(() => [])).length > 0) {
    throw new Error(
      `${directory} is not empty and is no embedded Postgres of Hermod. Move it, or set DATABASE_URL.`,
    )
  }
  return await makeCluster(input)
}

async function makeCluster(input: Parameters<typeof ensureCluster>[0]): Promise<Card> {
  const { directory, binaries, user, log } = input
  log.info({ directory }, 'Making the embedded Postgres cluster')
  await removeHalfMade(directory)
  const scratch = `${halfMadePrefix(directory)}${randomUUID()}`
  const cluster = join(scratch, 'cluster')
  const passwordFile = join(scratch, 'password')
  const card = { password: randomBytes(24).toString('base64url'), port: await freePort() }
  try {
    await mkdir(cluster, { recursive: true, mode: 0o700 })
    await writeFile(passwordFile, card.password, { mode: 0o600 })
    await user.own(scratch)
    await runInitdb(user, binaries.initdb, initdbArguments(cluster, passwordFile, clusterUser))
    await writeCard(cluster, card, user)
    await rename(cluster, directory)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return card
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
  if (reason !== '0')
    throw new Error(`initdb of the embedded Postgres ended with ${reason}: ${errors.trim()}`)
}
